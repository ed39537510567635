//! Storage and announcement of submissions.

use std::sync::Arc;

use super::{Intake, Origin};
use crate::domain::{JobId, Order, SubmissionStep, Timestamp};
use crate::finishing::to_its_end;
use crate::metering::Stopwatch;
use crate::metering::catalog::{SUBMIT_TIME, SUBMITTED};
use crate::ports::{
    Admitted, Event, Fired, Firing, FirstAnswer, Share, StorageResult, Submission, Submitted,
};
use crate::spans::{Kind, OpenSpan, Place};
use crate::watching::news;

impl Intake {
    /// Stores jobs in one transaction, and announces them. It finishes even if the caller disconnects, and holds the
    /// memory of the request until then.
    pub async fn submit(
        self: &Arc<Self>,
        submission: Submission,
        memory: Option<Arc<Share>>,
    ) -> StorageResult<Submitted> {
        let intake = Arc::clone(self);
        to_its_end(async move {
            let _memory = memory;
            let (orders, stopwatch) = (orders(&submission), Stopwatch::start());
            let (count, span) = (submission.jobs.len(), begin_span(&submission));
            let submitted = intake.storage.submit(submission).await?;
            stopwatch.record(&SUBMIT_TIME);
            span.into_iter().for_each(OpenSpan::end);
            count_new(&submitted, count);
            Ok(intake.announce(submitted, orders))
        })
        .await
    }

    /// Stores the job of a step of a running job, and announces it. Returns the id of the job that stands for the step. It
    /// finishes even if the attempt stops.
    pub async fn submit_step(
        self: &Arc<Self>,
        step: SubmissionStep,
        submission: Submission,
    ) -> StorageResult<JobId> {
        let intake = Arc::clone(self);
        to_its_end(async move {
            let count = submission.jobs.len();
            let taken = intake.storage.submit_step(step, submission).await?;
            taken.submitted.iter().for_each(|submitted| count_new(submitted, count));
            taken.submitted.map(|submitted| intake.announce(submitted, Vec::new()));
            Ok(taken.job)
        })
        .await
    }

    /// Stores the jobs of a tick and advances the schedule in one transaction, and announces the jobs. It finishes even if
    /// the caller stops.
    pub async fn fire(self: &Arc<Self>, firing: Firing) -> StorageResult<Fired> {
        let intake = Arc::clone(self);
        to_its_end(async move {
            let (orders, count) = (orders(&firing.submission), firing.submission.jobs.len());
            Ok(match intake.storage.fire(firing).await? {
                Fired::Done(submitted) => {
                    count_new(&submitted, count);
                    Fired::Done(intake.announce(submitted, orders))
                }
                Fired::Taken => Fired::Taken,
            })
        })
        .await
    }

    /// The first response to a request that is refused now, because the state that it was checked against has changed.
    pub async fn first_answer(&self, origin: &Origin, now: Timestamp) -> StorageResult<Option<FirstAnswer>> {
        match origin.key.clone() {
            Some(key) => self.storage.first_answer(key.at(now), now).await,
            None => Ok(None),
        }
    }

    /// Publishes the orders that were stored and the jobs that changed, and wakes the dispatcher.
    fn announce(&self, mut submitted: Submitted, orders: Vec<Order>) -> Submitted {
        match &mut submitted {
            Submitted::New => self.publish(orders),
            Submitted::Admitted(admitted) => admitted.iter_mut().for_each(|one| self.announce_one(one)),
            Submitted::Replayed(_) => return submitted,
        }
        self.events.wake();
        submitted
    }

    fn announce_one(&self, admitted: &mut Admitted) {
        if admitted.duplicate {
            news::publish_state(&*self.events, &admitted.job);
        } else {
            news::count_end(&admitted.job);
            self.publish(admitted.order.clone());
        }
        news::publish(&*self.events, admitted.superseded.take());
    }

    fn publish(&self, orders: impl IntoIterator<Item = Order>) {
        orders.into_iter().for_each(|order| self.events.publish(Event::Order(Box::new(order))));
    }
}

fn orders(submission: &Submission) -> Vec<Order> {
    submission.jobs.iter().filter_map(|new| new.order.clone()).collect()
}

/// The span of the storage of jobs, in the trace of the first one: those of a request have the same.
fn begin_span(submission: &Submission) -> Option<OpenSpan> {
    let spec = &submission.jobs.first()?.job.spec;
    let place = Place::of_job(spec.id, spec.options.traceparent.as_ref())?;
    let mut span = OpenSpan::begin(place, "store", Kind::Internal);
    span.set("taskbox.job", spec.id);
    span.set("taskbox.jobs", submission.jobs.len());
    Some(span)
}

/// Counts the jobs of a submission of so many that are new.
fn count_new(submitted: &Submitted, count: usize) {
    let new = match submitted {
        Submitted::New => count,
        Submitted::Admitted(admitted) => admitted.iter().filter(|one| !one.duplicate).count(),
        Submitted::Replayed(_) => 0,
    };
    SUBMITTED.increment(new as u64);
}
