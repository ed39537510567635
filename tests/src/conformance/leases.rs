//! Heartbeats.

use taskbox::domain::transition::Renewal;
use taskbox::domain::{LeaseToken, Progress};
use taskbox::ports::{Action, RenewalAnswer};

use super::world::{NOW, SEED, World, after, receipt};
use taskbox::domain::Outcome;

fn renewal(token: LeaseToken, seconds: u64) -> Renewal {
    Renewal { token, expires_at: after(seconds), progress: None }
}

pub async fn a_renewed_lease_outlives_its_first_end(world: &World) {
    let id = world.submit(|_| {}).await;
    let token = world.start(id, NOW).await;
    let answers = world.storage.renew(vec![(id, renewal(token, 60))]).await.expect("renewed");
    assert_eq!(answers, [RenewalAnswer::Kept]);
    let rescued = world.storage.rescue(after(59), SEED, 10).await.expect("rescued");
    assert_eq!((rescued.jobs, rescued.next_expiry), (vec![], Some(after(60))));
    world.settle(id, token, Outcome::Succeeded(receipt()), after(59)).await.expect("settled");
}

pub async fn a_lost_lease_is_said_and_the_others_are_kept(world: &World) {
    let lost = world.submit(|_| {}).await;
    let old = world.start(lost, NOW).await;
    world.storage.rescue(after(30), SEED, 10).await.expect("rescued");
    let kept = world.submit(|spec| spec.priority = 1).await;
    let token = world.start(kept, after(30)).await;
    let renewals = vec![(lost, renewal(old, 90)), (kept, renewal(token, 90))];
    let answers = world.storage.renew(renewals).await.expect("renewed");
    assert_eq!(answers, [RenewalAnswer::Lost, RenewalAnswer::Kept]);
}

pub async fn a_renewal_brings_progress_and_the_wish_to_stop(world: &World) {
    let id = world.submit(|_| {}).await;
    let token = world.start(id, NOW).await;
    world.act(id, Action::Cancel).await.expect("asked to stop");
    let progress = Progress { done: 1, total: 3, message: "paid".to_owned(), at: NOW };
    let renewal = Renewal { progress: Some(progress.clone()), ..renewal(token, 60) };
    let answers = world.storage.renew(vec![(id, renewal)]).await.expect("renewed");
    assert_eq!(answers, [RenewalAnswer::CancelRequested]);
    assert_eq!(world.details(id).await.job.state.progress, Some(progress));
}

pub async fn a_job_that_is_gone_has_lost_its_lease(world: &World) {
    let id = world.draft().id;
    let answers = world.storage.renew(vec![(id, renewal(world.token(), 60))]).await.expect("renewed");
    assert_eq!(answers, [RenewalAnswer::Lost]);
}
