//! Requests of a job.

use crate::Job;
use crate::http::Http;

/// # HTTP
impl Job {
    /// A client for HTTP requests, to the hosts that the grant names. See [`http`](crate::http).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use taskbox_task::testing::Reply;
    /// # use taskbox_task::{Job, TaskError};
    /// fn fetch(job: &Job, id: u64) -> Result<String, TaskError> {
    ///     let url = format!("https://api.example.com/things/{id}");
    ///     let response = job.http().get(url).timeout(Duration::from_secs(20)).send()?.error_for_status()?;
    ///     Ok(response.text().into_owned())
    /// }
    ///
    /// let job = Job::for_test().with_reply(Reply::get("https://api.example.com/things/1").body("a thing"));
    /// assert_eq!(fetch(&job, 1), Ok("a thing".to_owned()));
    /// ```
    pub fn http(&self) -> Http<'_> {
        Http::new(&*self.host)
    }
}
