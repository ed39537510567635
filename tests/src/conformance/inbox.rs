//! External events that jobs wait for.

use std::time::Duration;

use taskbox::domain::transition::Refusal;
use taskbox::domain::{
    EventKey, EventName, EventUrl, INBOX_BYTES_MAX, INBOX_EVENTS_MAX, InboxEvent, JobId, Json, LeaseToken,
    OnConflict, Outcome, StateName, Timestamp, Unique, WaitRequest,
};
use taskbox::ports::{Action, JobFilter, ReceivedEvent, Recipient, StorageError, StorageResult, Submitted};

use super::world::{Draft, NOW, World, after, json, retryable, submission, succeeded};

fn event(name: &str) -> EventName {
    name.parse().expect("an event name")
}

/// The end of an attempt of a task that waits for this event.
fn waiting(name: &str, seconds: u64) -> Outcome {
    Outcome::Waiting(WaitRequest::new(event(name), Duration::from_secs(seconds)))
}

/// A job that waits for the event `paid`, for an hour.
async fn waiter(world: &World) -> JobId {
    let id = world.submit(|_| {}).await;
    world.finish(id, waiting("paid", 3_600), NOW).await;
    id
}

async fn send(
    world: &World,
    id: JobId,
    name: &str,
    value: &str,
    now: Timestamp,
) -> StorageResult<ReceivedEvent> {
    world.storage.receive(Recipient::Job(id, event(name)), json(value), now).await
}

async fn found(world: &World, id: JobId, name: &str) -> Option<InboxEvent> {
    world.storage.event(id, event(name)).await.expect("read")
}

async fn listed(world: &World, state: StateName) -> Vec<JobId> {
    world.listed(JobFilter { state: Some(state), ..JobFilter::default() }, after(61)).await
}

fn value(text: &str) -> Option<InboxEvent> {
    Some(InboxEvent::Value(json(text)))
}

pub async fn a_job_waits_for_an_event_at_the_cost_of_no_attempt(world: &World) {
    let id = waiter(world).await;
    let job = world.details(id).await.job;
    assert_eq!((job.state_name(after(60)), job.state.attempt), (StateName::Scheduled, 0));
    assert_eq!(job.state.due_at(), Some(after(3_600)));
    assert_eq!(job.state.waits_for_event().map(|wait| wait.event.clone()), Some(event("paid")));
    let received = send(world, id, "paid", "49", after(60)).await.expect("received");
    let woken = received.woken.expect("it waits no longer").job;
    assert_eq!((received.is_new, woken.state.due_at()), (true, Some(after(60))));
    assert_eq!(woken.state.waits_for_event(), None);
    world.start(id, after(60)).await;
    assert_eq!(found(world, id, "paid").await, value("49"));
}

pub async fn a_failed_attempt_before_a_wait_does_not_make_it_a_retry(world: &World) {
    let id = world.submit(|_| {}).await;
    world.finish(id, retryable(), NOW).await;
    world.finish(id, waiting("paid", 3_600), after(60)).await;
    let job = world.details(id).await.job;
    assert_eq!((job.state_name(after(61)), job.state.attempt), (StateName::Scheduled, 1));
    assert_eq!(listed(world, StateName::Scheduled).await, [id]);
    assert_eq!(listed(world, StateName::Retryable).await, []);
}

pub async fn a_wait_takes_at_least_a_second(world: &World) {
    let id = waiter(world).await;
    let received = send(world, id, "paid", "1", NOW).await.expect("received");
    assert_eq!(received.woken.expect("it waits no longer").job.state.due_at(), Some(after(1)));
    let short = world.submit(|_| {}).await;
    let settled = world.finish(short, waiting("paid", 0), NOW).await;
    assert_eq!(settled.job.state.due_at(), Some(after(1)));
}

pub async fn an_event_that_came_before_is_found_and_ends_the_wait(world: &World) {
    let id = world.submit(|_| {}).await;
    assert_eq!(send(world, id, "paid", "1", NOW).await.expect("received").woken, None);
    let token = world.start(id, NOW).await;
    assert_eq!(found(world, id, "paid").await, value("1"));
    assert_eq!(send(world, id, "shipped", "2", NOW).await.expect("received").woken, None);
    let settled = world.settle(id, token, waiting("shipped", 3_600), NOW).await.expect("settled");
    assert_eq!((settled.job.state.due_at(), settled.job.state.waits_for_event()), (Some(after(1)), None));
}

pub async fn the_first_value_of_an_event_stays(world: &World) {
    let id = waiter(world).await;
    send(world, id, "paid", r#"{"a":1,"b":2}"#, NOW).await.expect("received");
    let again = send(world, id, "paid", r#"{ "b": 2, "a": 1 }"#, NOW).await.expect("received");
    assert!(!again.is_new && again.woken.is_none(), "{again:?}");
    let other = send(world, id, "paid", "2", NOW).await;
    assert!(matches!(other, Err(StorageError::Refused(Refusal::OtherValue { .. }))), "{other:?}");
    assert_eq!(found(world, id, "paid").await, value(r#"{"a":1,"b":2}"#));
}

pub async fn a_wait_that_is_over_is_over_for_good(world: &World) {
    let id = waiter(world).await;
    let token = world.start(id, after(3_600)).await;
    assert_eq!(found(world, id, "paid").await, None);
    let time_out = |token| world.storage.time_out(id, token, event("paid"), after(3_600));
    let stale = time_out(world.token()).await;
    assert!(matches!(stale, Err(StorageError::Refused(Refusal::StaleLease))), "{stale:?}");
    assert_eq!(time_out(token).await.expect("recorded"), InboxEvent::TimedOut);
    let late = send(world, id, "paid", "1", after(3_601)).await;
    assert!(matches!(late, Err(StorageError::Refused(Refusal::WaitIsOver { .. }))), "{late:?}");
    assert_eq!(found(world, id, "paid").await, Some(InboxEvent::TimedOut));
}

pub async fn an_event_that_comes_before_the_task_has_seen_the_end_of_its_wait_counts(world: &World) {
    let id = waiter(world).await;
    let token = world.start(id, after(3_600)).await;
    let received = send(world, id, "paid", "1", after(3_600)).await.expect("received");
    assert_eq!(received.woken, None, "it runs");
    let came = world.storage.time_out(id, token, event("paid"), after(3_600)).await.expect("read");
    assert_eq!(Some(came), value("1"));
}

pub async fn another_event_wakes_no_job(world: &World) {
    let id = waiter(world).await;
    assert_eq!(send(world, id, "shipped", "1", NOW).await.expect("received").woken, None);
    assert_eq!(world.details(id).await.job.state.due_at(), Some(after(3_600)));
}

pub async fn a_job_that_failed_after_its_wait_is_not_woken(world: &World) {
    let id = waiter(world).await;
    world.finish(id, retryable(), after(3_600)).await;
    let before = world.details(id).await.job;
    assert_eq!(before.state_name(after(3_600)), StateName::Retryable);
    assert_eq!(send(world, id, "paid", "1", after(3_600)).await.expect("received").woken, None);
    assert_eq!(world.details(id).await.job.state.due_at(), before.state.due_at());
}

pub async fn a_final_job_receives_nothing(world: &World) {
    let id = world.submit(|_| {}).await;
    world.finish(id, succeeded(), NOW).await;
    let late = send(world, id, "paid", "1", NOW).await;
    assert!(matches!(late, Err(StorageError::Refused(Refusal::WrongState { .. }))), "{late:?}");
    let missing = send(world, world.draft().id, "paid", "1", NOW).await;
    assert!(matches!(missing, Err(StorageError::NotFound { what: "job", .. })), "{missing:?}");
}

pub async fn events_are_bounded_in_number_and_bytes(world: &World) {
    let id = world.submit(|_| {}).await;
    let large = format!("{:?}", "x".repeat(INBOX_BYTES_MAX - 300));
    send(world, id, "large", &large, NOW).await.expect("received");
    let too_large = send(world, id, "more", &format!("{:?}", "x".repeat(400)), NOW).await;
    assert!(matches!(too_large, Err(StorageError::Refused(Refusal::InboxFull))), "{too_large:?}");
    for number in 1..INBOX_EVENTS_MAX {
        send(world, id, &format!("e{number}"), "1", NOW).await.expect("received");
    }
    let too_many = send(world, id, "more", "1", NOW).await;
    assert!(matches!(too_many, Err(StorageError::Refused(Refusal::InboxFull))), "{too_many:?}");
    send(world, id, "e1", "1", NOW).await.expect("a known one is no more");
}

pub async fn a_cancel_ends_a_wait_at_once(world: &World) {
    let id = waiter(world).await;
    let acted = world.storage.act(id, Action::Cancel, after(1)).await.expect("cancelled");
    assert_eq!(acted.job.state_name(after(1)), StateName::Cancelled);
    assert_eq!(acted.job.state.waits_for_event(), None);
}

pub async fn a_retry_runs_a_waiting_job_without_the_event(world: &World) {
    let id = waiter(world).await;
    let acted = world.storage.act(id, Action::Retry, after(5)).await.expect("retried");
    assert_eq!((acted.job.state.due_at(), acted.job.state.waits_for_event()), (Some(after(5)), None));
    let token = world.start(id, after(5)).await;
    let came = world.storage.time_out(id, token, event("paid"), after(5)).await.expect("recorded");
    assert_eq!(came, InboxEvent::TimedOut);
}

pub async fn a_job_that_waits_for_an_event_holds_its_unique_key(world: &World) {
    let unique = |draft: &mut Draft, on_conflict| {
        draft.options.unique = Some(Unique { on_conflict, ..Unique::new("k") });
    };
    let id = world.submit(|draft| unique(draft, OnConflict::Existing)).await;
    world.finish(id, waiting("paid", 3_600), NOW).await;
    for on_conflict in [OnConflict::Existing, OnConflict::Debounce] {
        let second = world.job(|draft| unique(draft, on_conflict));
        let submitted = world.storage.submit(submission(vec![second])).await.expect("submitted");
        let Submitted::Admitted(admitted) = submitted else { panic!("{submitted:?}") };
        assert!(admitted[0].duplicate, "{admitted:?}");
        assert_eq!(admitted[0].job.state.due_at(), Some(after(3_600)), "it waits on");
    }
}

pub async fn a_job_that_waits_for_an_event_holds_its_key_back_in_strict_order(world: &World) {
    let in_order = |draft: &mut Draft| {
        draft.options.flow.concurrency_key = Some("k".to_owned());
        draft.options.flow.strict_order = true;
    };
    let first = world.submit(in_order).await;
    let second = world.submit(in_order).await;
    world.finish(first, waiting("paid", 3_600), NOW).await;
    assert_eq!(world.claimed_ids(10, after(60)).await, []);
    send(world, first, "paid", "1", after(60)).await.expect("received");
    assert_eq!(world.claimed_ids(10, after(60)).await, [first]);
    assert_ne!(first, second);
}

fn url(id: JobId, name: &str, secret: u8, now: Timestamp) -> EventUrl {
    let key = EventKey { job: id, secret: [secret; 16] };
    EventUrl::new(event(name), key, Duration::from_secs(60), now)
}

async fn open(world: &World, token: LeaseToken, url: EventUrl, now: Timestamp) -> StorageResult<EventUrl> {
    world.storage.open_url(token, url, now).await
}

async fn send_by(world: &World, key: &EventKey, now: Timestamp) -> StorageResult<ReceivedEvent> {
    world.storage.receive(Recipient::Key(key.clone()), Json::null(), now).await
}

pub async fn a_url_stays_the_same_as_long_as_it_works(world: &World) {
    let id = world.submit(|_| {}).await;
    let token = world.start(id, NOW).await;
    let first = open(world, token, url(id, "paid", 1, NOW), NOW).await.expect("opened");
    let again = open(world, token, url(id, "paid", 2, after(59)), after(59)).await.expect("opened");
    assert_eq!(first, again);
    let later = open(world, token, url(id, "paid", 3, after(60)), after(60)).await.expect("opened");
    assert_eq!((later.key.secret, later.expires_at), ([3; 16], after(120)));
    let stale = open(world, world.token(), url(id, "paid", 4, NOW), NOW).await;
    assert!(matches!(stale, Err(StorageError::Refused(Refusal::StaleLease))), "{stale:?}");
}

pub async fn a_url_sends_its_event_once_and_until_it_expires(world: &World) {
    let id = world.submit(|_| {}).await;
    let token = world.start(id, NOW).await;
    let open_url = open(world, token, url(id, "paid", 1, NOW), NOW).await.expect("opened");
    world.settle(id, token, waiting("paid", 3_600), NOW).await.expect("settled");
    let wrong = EventKey { secret: [9; 16], ..open_url.key.clone() };
    for (key, now) in [(&wrong, NOW), (&open_url.key, after(60))] {
        let refused = send_by(world, key, now).await;
        assert!(matches!(refused, Err(StorageError::NotFound { .. })), "{refused:?}");
    }
    let received = send_by(world, &open_url.key, after(59)).await.expect("received");
    assert_eq!((received.event, received.is_new), (event("paid"), true));
    assert!(received.woken.is_some());
    let recipient = Recipient::Key(open_url.key);
    let second = world.storage.receive(recipient, json("2"), after(59)).await;
    assert!(matches!(second, Err(StorageError::Refused(Refusal::OtherValue { .. }))), "{second:?}");
}

pub async fn a_job_has_no_more_urls_than_events(world: &World) {
    let id = world.submit(|_| {}).await;
    let token = world.start(id, NOW).await;
    for number in 0..INBOX_EVENTS_MAX {
        open(world, token, url(id, &format!("e{number}"), 1, NOW), NOW).await.expect("opened");
    }
    let one_more = open(world, token, url(id, "more", 1, NOW), NOW).await;
    assert!(matches!(one_more, Err(StorageError::Refused(Refusal::InboxFull))), "{one_more:?}");
}

pub async fn an_inbox_goes_with_its_job(world: &World) {
    let id = waiter(world).await;
    send(world, id, "paid", "1", NOW).await.expect("received");
    world.storage.act(id, Action::Delete, NOW).await.expect("deleted");
    assert_eq!(found(world, id, "paid").await, None);
}
