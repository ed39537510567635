//! Placing of an order: the order and its job, in one durable transaction.

use serde_json::json;

use super::{ORDER_TASK, OrderError, Orders, PlaceOrder, Placed, validate};
use crate::domain::{
    Caller, FullJob, Job, JobIdentity, JobOptions, JobRequest, Json, NO_WEBHOOK_KEY, Order, OrderStatus,
    RequestProblem, Submitter, TaskHolds, TaskName, TaskSpec, Timestamp,
};
use crate::ports::{
    Event, FirstAnswer, IdempotencyKey, NewJob, RequestKey, StorageError, Submission, Submitted,
};

impl Orders {
    pub(super) async fn store(
        &self,
        caller: &Caller,
        request: PlaceOrder,
        key: Option<RequestKey>,
    ) -> Result<Placed, OrderError> {
        let now = self.clock.now();
        let idempotency = key.map(|key| key.at(now));
        let task = match self.check(&request) {
            Ok(task) => task,
            Err(refusal) => return self.first_or(idempotency, refusal, now).await,
        };
        let (job, order) = self.draft(&caller.submitter, request, &task, now);
        let webhook = job.job.spec.webhook(self.ids.job_id(now)).map(Box::new);
        let jobs = vec![NewJob { order: Some(order.clone()), webhook, ..NewJob::new(job.job, job.payload) }];
        let (caller, held) = (caller.clone(), TaskHolds::default());
        let submission = Submission { jobs, idempotency, caller, held, names: None, now };
        match self.storage.submit(submission).await? {
            // The job of an order has no unique key, so that it never conflicts.
            Submitted::New | Submitted::Admitted(_) => {
                self.events.publish(Event::Order(Box::new(order.clone())));
                self.events.wake();
                Ok(Placed { order, replayed: false })
            }
            Submitted::Replayed(first) => placed_before(first),
        }
    }

    /// The specification of the task that completes an order, or the reason why this one cannot be placed.
    fn check(&self, request: &PlaceOrder) -> Result<TaskSpec, OrderError> {
        let mut problems = validate::problems(request);
        if request.callback_url.is_some() && !self.directory.has_webhook_key() {
            let (pointer, detail) = ("/callback_url".to_owned(), NO_WEBHOOK_KEY.to_owned());
            problems.push(RequestProblem { pointer, detail });
        }
        if !problems.is_empty() {
            return Err(OrderError::Invalid(problems));
        }
        let task: TaskName = ORDER_TASK.parse().map_err(|_| OrderError::NoPlugin)?;
        self.directory.task(&task).ok_or(OrderError::NoPlugin)
    }

    /// The first response to a request that is refused now, because the state that it was checked against has changed.
    async fn first_or(
        &self,
        key: Option<IdempotencyKey>,
        refusal: OrderError,
        now: Timestamp,
    ) -> Result<Placed, OrderError> {
        let Some(key) = key else { return Err(refusal) };
        self.storage.first_answer(key, now).await?.map_or(Err(refusal), placed_before)
    }

    fn draft(
        &self,
        submitter: &Submitter,
        request: PlaceOrder,
        task: &TaskSpec,
        now: Timestamp,
    ) -> (FullJob, Order) {
        let (order_id, job_id) = (self.ids.order_id(now), self.ids.job_id(now));
        let input = json!({
            "order_id": order_id.to_string(),
            "user_id": &request.user_id,
            "payment_intent_id": &request.payment_intent_id,
        });
        let job = JobRequest::new(task.name.clone(), Json::from_value(&input));
        let options = JobOptions { callback_url: request.callback_url, ..JobOptions::default() };
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
        let identity = JobIdentity { id: job_id, order: Some(order_id), submitter, created_at: now };
        let (spec, payload) = job.into_job(identity, Some(task));
        (FullJob { job: Job::new(spec), payload }, order)
    }
}

fn placed_before(first: FirstAnswer) -> Result<Placed, OrderError> {
    let order = first.jobs.into_iter().find_map(|admitted| admitted.order);
    let no_order = || StorageError::Corrupt("the answer of an idempotency key holds no order".to_owned());
    Ok(Placed { order: order.ok_or_else(no_order)?, replayed: true })
}
