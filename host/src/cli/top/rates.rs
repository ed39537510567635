//! Rates, from two looks at a host.

use super::snapshot::Snapshot;

/// Jobs that became final per second between two snapshots; none within the same second, or if retention deleted more.
pub(super) fn final_per_second(before: &Snapshot, now: &Snapshot) -> Option<f64> {
    let sum = |snapshot: &Snapshot| -> u64 {
        ["completed", "discarded", "cancelled"].iter().map(|state| snapshot.jobs(state)).sum()
    };
    let seconds = now.time()?.since(before.time()?).as_secs_f64();
    let count = sum(now).checked_sub(sum(before))?;
    (seconds > 0.0).then(|| count as f64 / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::answer::Answer;

    fn snapshot(at: &str, completed: u64) -> Snapshot {
        let answer = |text: String| Answer::parse(text).unwrap().given_at(Some(at.parse().unwrap()));
        let queues =
            format!(r#"{{"items":[{{"counts":{{"completed":{completed},"discarded":1,"running":9}}}}]}}"#);
        let none = || answer(r#"{"items":[]}"#.to_owned());
        Snapshot { queues: answer(queues), tasks: none(), running: none() }
    }

    #[test]
    fn only_jobs_that_became_final_count_and_never_less_than_none() {
        let (before, now) = (snapshot("2026-11-27T16:00:00Z", 10), snapshot("2026-11-27T16:00:02Z", 16));
        assert_eq!(final_per_second(&before, &now), Some(3.0));
        assert_eq!(final_per_second(&before, &before), None, "no second has passed");
        let deleted = snapshot("2026-11-27T16:00:02Z", 4);
        assert_eq!(final_per_second(&before, &deleted), None);
    }
}
