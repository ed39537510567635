//! Waits until a job is final.

use std::time::Duration;

use super::Queue;
use crate::domain::{JobDetails, JobId};
use crate::ports::{Event, EventStream, Heard, StorageResult, Topic};

/// The period in which storage is read while waiting, in case the event went to another host.
const LOOK_EVERY: Duration = Duration::from_secs(2);

impl Queue {
    /// The job as soon as it is final, or when the time is over.
    pub async fn wait(&self, id: JobId, patience: Duration) -> StorageResult<Option<JobDetails>> {
        let give_up_at = self.clock.now().plus(patience);
        let mut news = self.events.subscribe(Topic::Job(id));
        loop {
            let details = self.job(id).await?;
            let now = self.clock.now();
            let is_over = details.as_ref().is_none_or(|details| details.job.state.phase.is_final());
            if is_over || now >= give_up_at {
                return Ok(details);
            }
            tokio::select! {
                () = until_final(&mut *news) => {}
                () = self.clock.sleep_until(give_up_at.min(now.plus(LOOK_EVERY))) => {}
            }
        }
    }
}

/// Returns at the event that the job is final, or when events were missed.
async fn until_final(news: &mut dyn EventStream) {
    loop {
        match news.next().await {
            Heard::Event(Event::State(_, state)) if state.phase.is_final() => return,
            Heard::Event(_) => {}
            Heard::Missed(_) => return,
        }
    }
}
