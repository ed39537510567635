//! Tokens and sessions.

use taskbox::domain::{
    AccessToken, Digest, SESSION_IDLE_MAX, Scope, Session, Submitter, TokenBounds, TokenId,
};

use super::world::{NOW, World, after};

fn token(secret: &str) -> AccessToken {
    AccessToken {
        name: "ci".to_owned(),
        digest: Digest::of(secret.as_bytes()),
        scopes: vec![Scope::Submit, Scope::JobsCancel],
        bounds: TokenBounds {
            queues: vec!["mail".parse().expect("a queue")],
            tasks: vec!["mail.*".parse().expect("a pattern")],
        },
        created_at: NOW,
        created_by: Submitter::token("ops"),
        expires_at: Some(after(60)),
        last_used_at: None,
    }
}

fn session(secret: &str, token: &AccessToken) -> Session {
    let digest = Digest::of(secret.as_bytes());
    Session { digest, token: token.id(), opened_at: NOW, seen_at: NOW }
}

pub async fn a_token_is_there_as_it_was_made_until_it_is_removed(world: &World) {
    let (one, two) = (token("one"), token("two"));
    let revision = world.storage.token_revision().await.expect("read");
    world.storage.put_token(one.clone()).await.expect("put");
    world.storage.put_token(two.clone()).await.expect("put");
    let mut both = vec![one.clone(), two.clone()];
    both.sort_by_key(AccessToken::id);
    assert_eq!(world.storage.tokens().await.expect("read"), both);
    let later = world.storage.token_revision().await.expect("read");
    assert!(later > revision);
    assert!(world.storage.remove_token(one.id()).await.expect("removed"));
    assert!(!world.storage.remove_token(one.id()).await.expect("answered"));
    assert_eq!(world.storage.tokens().await.expect("read"), [two]);
    assert!(world.storage.token_revision().await.expect("read") > later);
}

pub async fn the_latest_use_of_a_token_stays_and_changes_no_revision(world: &World) {
    let token = token("one");
    world.storage.put_token(token.clone()).await.expect("put");
    let revision = world.storage.token_revision().await.expect("read");
    let gone = TokenId::of(&Digest::of(b"gone"));
    for at in [after(5), after(3)] {
        world.storage.note_token_uses(vec![(token.id(), at), (gone, at)]).await.expect("noted");
    }
    assert_eq!(world.storage.tokens().await.expect("read"), [token.used(after(5))]);
    assert_eq!(world.storage.token_revision().await.expect("read"), revision);
}

pub async fn a_session_is_there_until_it_is_closed(world: &World) {
    let token = token("one");
    let (kept, closed) = (session("a", &token), session("b", &token));
    for session in [&kept, &closed] {
        world.storage.open_session(session.clone(), NOW).await.expect("opened");
    }
    for at in [after(5), after(3)] {
        world.storage.note_session_use(kept.digest, at).await.expect("noted");
    }
    world.storage.close_session(closed.digest).await.expect("closed");
    world.storage.note_session_use(closed.digest, after(5)).await.expect("skipped");
    let seen = Session { seen_at: after(5), ..kept.clone() };
    assert_eq!(world.storage.session(kept.digest).await.expect("read"), Some(seen));
    assert_eq!(world.storage.session(closed.digest).await.expect("read"), None);
}

pub async fn sessions_that_are_over_go_when_another_one_is_opened(world: &World) {
    let token = token("one");
    let (over, new) = (session("a", &token), session("b", &token));
    world.storage.open_session(over.clone(), NOW).await.expect("opened");
    let later = NOW.plus(SESSION_IDLE_MAX);
    let new = Session { opened_at: later, seen_at: later, ..new };
    world.storage.open_session(new.clone(), later).await.expect("opened");
    assert_eq!(world.storage.session(over.digest).await.expect("read"), None);
    assert_eq!(world.storage.session(new.digest).await.expect("read"), Some(new));
}

pub async fn the_sessions_of_a_token_end_with_it(world: &World) {
    let (revoked, other) = (token("one"), token("two"));
    let (ended, kept) = (session("a", &revoked), session("b", &other));
    for token in [&revoked, &other] {
        world.storage.put_token(token.clone()).await.expect("put");
    }
    for session in [&ended, &kept] {
        world.storage.open_session(session.clone(), NOW).await.expect("opened");
    }
    assert!(world.storage.remove_token(revoked.id()).await.expect("removed"));
    assert_eq!(world.storage.session(ended.digest).await.expect("read"), None);
    assert_eq!(world.storage.session(kept.digest).await.expect("read"), Some(kept));
}
