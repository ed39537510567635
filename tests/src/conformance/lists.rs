//! Lists and counts.

use std::collections::BTreeMap;

use taskbox::domain::{JobId, Outcome, StateName, Timestamp};
use taskbox::ports::{Action, JobFilter, JobPage, PageRequest, QueueStats};

use super::world::{NOW, World, after, json, permanent, retryable};

pub async fn jobs_are_listed_newest_first_in_pages(world: &World) {
    let mut all = Vec::new();
    for _ in 0..10 {
        all.insert(0, world.submit(|_| {}).await);
    }
    let (mut seen, mut before) = (Vec::<JobId>::new(), None);
    loop {
        let part = world
            .storage
            .jobs(JobFilter::default(), PageRequest { limit: 4, before }, NOW)
            .await
            .expect("listed");
        let Some(last) = part.jobs.last() else { break };
        before = Some(last.job.spec.id);
        seen.extend(part.jobs.iter().map(|full| full.job.spec.id));
        assert!(seen.len() <= all.len(), "the pages have no end: {seen:?}");
    }
    assert_eq!(seen, all);
    let none = PageRequest { limit: 0, before: None };
    let nothing = world.storage.jobs(JobFilter::default(), none, NOW).await.expect("listed");
    assert_eq!(nothing, JobPage::default());
}

pub async fn a_page_of_large_inputs_is_cut_and_goes_on(world: &World) {
    let large = json(format!("\"{}\"", "x".repeat((3 << 20) - 2)));
    let mut all = Vec::new();
    for _ in 0..4 {
        all.insert(0, world.submit(|draft| draft.input = large.clone()).await);
    }
    let (mut seen, mut before) = (Vec::<JobId>::new(), None);
    for (count, more) in [(3, true), (1, false)] {
        let page = PageRequest { limit: 100, before };
        let part = world.storage.jobs(JobFilter::default(), page, NOW).await.expect("listed");
        assert_eq!((part.jobs.len(), part.more), (count, more));
        seen.extend(part.jobs.iter().map(|full| full.job.spec.id));
        before = seen.last().copied();
    }
    assert_eq!(seen, all);
}

/// One job in each state, in the order of [`StateName::ALL`].
async fn one_in_each_state(world: &World) -> Vec<JobId> {
    let scheduled = world.submit(|spec| spec.run_at = after(60)).await;
    let retryable_one = world.submit(|_| {}).await;
    world.finish(retryable_one, retryable(), NOW).await;
    let completed = world.submit(|_| {}).await;
    world.finish(completed, Outcome::Succeeded(json("1")), NOW).await;
    let discarded = world.submit(|_| {}).await;
    world.finish(discarded, permanent(), NOW).await;
    let cancelled = world.submit(|_| {}).await;
    world.act(cancelled, Action::Cancel).await.expect("cancelled");
    let running = world.submit(|_| {}).await;
    world.start(running, NOW).await;
    let available = world.submit(|_| {}).await;
    vec![scheduled, available, running, retryable_one, completed, discarded, cancelled]
}

pub async fn jobs_are_listed_by_each_of_the_seven_states(world: &World) {
    let ids = one_in_each_state(world).await;
    for (state, id) in StateName::ALL.into_iter().zip(&ids) {
        let filter = JobFilter { state: Some(state), ..JobFilter::default() };
        assert_eq!(world.listed(filter, NOW).await, [*id], "{state}");
    }
    let available = JobFilter { state: Some(StateName::Available), ..JobFilter::default() };
    assert_eq!(world.listed(available, after(60)).await, [ids[1], ids[3], ids[0]]);
}

pub async fn jobs_are_listed_by_task_queue_and_tag_together(world: &World) {
    let mut found = Vec::new();
    for round in 0..8_u8 {
        let id = world
            .submit(|spec| {
                spec.task = (if round & 1 == 0 { "mail" } else { "post" }).parse().expect("a task name");
                spec.queue = (if round & 2 == 0 { "fast" } else { "slow" }).parse().expect("a queue name");
                spec.options.tags =
                    vec!["all".to_owned(), (if round & 4 == 0 { "red" } else { "blue" }).to_owned()];
            })
            .await;
        found.push(id);
    }
    let filter = |task: &str, queue: &str, tag: &str| JobFilter {
        state: None,
        task: task.parse().ok(),
        queue: queue.parse().ok(),
        tag: (!tag.is_empty()).then(|| tag.to_owned()),
    };
    assert_eq!(world.listed(filter("mail", "fast", "red"), NOW).await, [found[0]]);
    assert_eq!(world.listed(filter("post", "slow", "blue"), NOW).await, [found[7]]);
    assert_eq!(world.listed(filter("", "", "blue"), NOW).await, [found[7], found[6], found[5], found[4]]);
    assert_eq!(world.listed(filter("mail", "", ""), NOW).await, [found[6], found[4], found[2], found[0]]);
    assert_eq!(world.listed(filter("", "", "all"), NOW).await.len(), 8);
    for nothing in
        [filter("none", "", ""), filter("", "none", ""), filter("", "", "none"), filter("", "", "re")]
    {
        assert_eq!(world.listed(nothing, NOW).await, []);
    }
}

fn counts(stats: &QueueStats) -> [u64; 7] {
    StateName::ALL.map(|state| stats.count(state))
}

async fn queues(world: &World, now: Timestamp) -> BTreeMap<String, QueueStats> {
    let stats = world.queues(now).await;
    stats.into_iter().map(|stats| (stats.name.to_string(), stats)).collect()
}

pub async fn queues_count_their_jobs_by_state(world: &World) {
    assert!(queues(world, NOW).await.is_empty());
    one_in_each_state(world).await;
    world.submit(|spec| spec.queue = "other".parse().expect("a queue name")).await;
    let queues = queues(world, NOW).await;
    assert_eq!(counts(&queues["default"]), [1; 7]);
    assert_eq!(counts(&queues["other"]), [0, 1, 0, 0, 0, 0, 0]);
    assert_eq!(queues["default"].oldest_due, Some(NOW));
}

pub async fn counts_follow_the_clock_forth_and_back(world: &World) {
    for second in [10, 20, 20, 30] {
        world.submit(|spec| spec.run_at = after(second)).await;
    }
    for (second, due, oldest) in [(25, 3, Some(10)), (5, 0, None), (10, 1, Some(10)), (99, 4, Some(10))] {
        let stats = &queues(world, after(second)).await["default"];
        assert_eq!(counts(stats), [4 - due, due, 0, 0, 0, 0, 0], "at {second}");
        assert_eq!(stats.oldest_due, oldest.map(after));
    }
    world.claim(1, after(99)).await;
    let stats = &queues(world, after(10)).await["default"];
    assert_eq!((counts(stats), stats.oldest_due), ([3, 0, 1, 0, 0, 0, 0], None));
}
