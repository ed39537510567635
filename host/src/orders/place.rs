//! Placing of an order: the order and its job, in one durable transaction.

use serde_json::json;

use super::{ORDER_TASK, OrderError, Orders, PlaceOrder, Placed, validate};
use crate::domain::{
    JobIdentity, JobOptions, JobRequest, Json, Order, OrderStatus, RequestProblem, Submitter, TaskName,
    Timestamp,
};
use crate::intake::Origin;
use crate::ports::{FirstAnswer, NewJob, StorageError, Submitted};

impl Orders {
    /// Stores an order and its job in one transaction. It finishes even if the caller disconnects.
    pub async fn place(&self, origin: Origin, request: PlaceOrder) -> Result<Placed, OrderError> {
        let now = self.clock.now();
        let (job, order) = match self.fitting(&origin.caller.submitter, request, now).await {
            Ok(drafted) => drafted,
            Err(refusal) => {
                let first = self.intake.first_answer(&origin, now).await?;
                return first.map_or(Err(refusal), placed_before);
            }
        };
        let submission = origin.submission(vec![job], now);
        match self.intake.submit(submission, origin.memory).await? {
            // The job of an order has no unique key, so that it never conflicts.
            Submitted::New | Submitted::Admitted(_) => Ok(Placed { order, replayed: false }),
            Submitted::Replayed(first) => placed_before(first),
        }
    }

    /// The job and the order of a request that is fine, also by the schema of the task.
    async fn fitting(
        &self,
        submitter: &Submitter,
        request: PlaceOrder,
        now: Timestamp,
    ) -> Result<(NewJob, Order), OrderError> {
        let task = self.check(&request)?;
        let (new, order) = self.draft(submitter, request, task, now);
        let input = (&new.job.spec.task, &new.payload.input);
        let misfits = self.intake.misfits(std::iter::once(input)).await?;
        if misfits.is_empty() {
            return Ok((new, order));
        }
        // The fields of the input are those of the order.
        let of_order = |(_, problem): (usize, RequestProblem)| {
            let pointer = problem.pointer.trim_start_matches("/input").to_owned();
            RequestProblem { pointer, ..problem }
        };
        Err(OrderError::Invalid(misfits.into_iter().map(of_order).collect()))
    }

    /// The task that completes an order, or the reason why this one cannot be placed.
    fn check(&self, request: &PlaceOrder) -> Result<TaskName, OrderError> {
        let unsigned = self.intake.unsigned(request.callback_url.as_deref());
        let problems: Vec<_> = validate::problems(request).into_iter().chain(unsigned).collect();
        if !problems.is_empty() {
            return Err(OrderError::Invalid(problems));
        }
        let task: TaskName = ORDER_TASK.parse().map_err(|_| OrderError::NoPlugin)?;
        self.intake.check_task(&task).map_err(|_| OrderError::NoPlugin)?;
        Ok(task)
    }

    fn draft(
        &self,
        submitter: &Submitter,
        request: PlaceOrder,
        task: TaskName,
        now: Timestamp,
    ) -> (NewJob, Order) {
        let (order_id, job_id) = (self.ids.order_id(now), self.ids.job_id(now));
        let input = json!({
            "order_id": order_id.to_string(),
            "user_id": &request.user_id,
            "payment_intent_id": &request.payment_intent_id,
        });
        let job = JobRequest::new(task, Json::from_value(&input));
        let PlaceOrder { callback_url, traceparent, .. } = request;
        let options = JobOptions { callback_url, traceparent, ..JobOptions::default() };
        let job = JobRequest { options, ..job };
        let order = Order {
            id: order_id,
            user_id: request.user_id,
            payment_intent_id: request.payment_intent_id,
            job_id,
            status: OrderStatus::Loading,
            submitter: submitter.clone(),
            created_at: now,
            updated_at: now,
        };
        let submitter = submitter.clone();
        let identity =
            JobIdentity { id: job_id, order: Some(order_id), submitter, submitted_by: None, created_at: now };
        let new = self.intake.draft(job, None, identity);
        (NewJob { order: Some(order.clone()), ..new }, order)
    }
}

fn placed_before(first: FirstAnswer) -> Result<Placed, OrderError> {
    let order = first.jobs.into_iter().find_map(|admitted| admitted.order);
    let no_order = || StorageError::Corrupt("the answer of an idempotency key holds no order".to_owned());
    Ok(Placed { order: order.ok_or_else(no_order)?, replayed: true })
}
