//! `/jobs`: the jobs, newest first, by state and search; and acts on those that were selected.

mod act;
mod query;
mod row;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::frame::Frame;
use super::operations;
use super::region::{self, Region, Trigger};
use super::show::{self, PageProblem, part};
use crate::api::Api;
use crate::api::access::{Need, Viewer};
use crate::api::problem::Problem;
use crate::api::read::{Params, cursor_of, page};
use crate::domain::{JobFilter, JobId, JobSearch, StateName};
use crate::ports::PageRequest;
use crate::queue::{SEARCHED_MAX, StateCounts};
use query::Query;

pub(super) use act::{act, act_on_all};
pub(super) use row::JobRow;

/// The page.
#[derive(Template)]
#[template(path = "jobs.html")]
struct JobsPage {
    frame: Frame,
    list: JobList,
    /// The address of the list as a region.
    live: String,
    query: String,
    /// The error of the search.
    error: Option<String>,
    suggestions: Vec<String>,
    words: [(&'static str, &'static str); 9],
}

/// The part of the page that changes.
#[derive(Template)]
#[template(path = "job_list.html")]
struct JobList {
    /// Its own address.
    address: String,
    tabs: Vec<Tab>,
    jobs: Vec<JobRow>,
    state: Option<StateName>,
    query: String,
    /// The address of the older jobs, if there may be some.
    older: Option<String>,
    /// The address of the newest, unless they are shown.
    newest: Option<String>,
    /// The number of jobs that were looked at, if not all were.
    window: Option<usize>,
    /// All jobs that match, where an operation can act on them.
    matching: Option<Matching>,
    may_operate: bool,
}

/// All jobs that match.
struct Matching {
    /// In words, such as `1200 discarded jobs in mail`.
    words: String,
}

/// A state to choose.
struct Tab {
    title: &'static str,
    address: String,
    count: Option<u64>,
    is_chosen: bool,
}

/// What is shown.
struct Choice {
    state: Option<StateName>,
    query: String,
    page: PageRequest<JobId>,
}

impl Choice {
    fn of(mut params: Params) -> Result<Self, Problem> {
        let state = params.text("state").filter(|state| !state.is_empty());
        let state =
            state.map(|state| state.parse().map_err(|_| Problem::no_such("state", state))).transpose()?;
        let query = params.text("q").unwrap_or_default();
        let page = page(&mut params);
        params.finish()?;
        Ok(Self { state, query, page: PageRequest { limit: page.limit - 1, ..page } })
    }

    fn address(&self, path: &str, state: Option<StateName>, before: Option<JobId>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(state.map(|state| ("state", state.as_str())));
        query.extend_pairs(Some(&self.query).filter(|query| !query.is_empty()).map(|query| ("q", query)));
        query.extend_pairs(before.map(|id| ("cursor", cursor_of(&id))));
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

/// The page, or that of the job whose id was searched for.
pub(super) async fn show(
    State(api): State<Api>,
    viewer: Viewer,
    params: Params,
) -> Result<Response, PageProblem> {
    let choice = Choice::of(params)?;
    let (search, error) = match query::read(&choice.query, api.clock.now()) {
        Ok(Query::Id(id)) => return Ok(Redirect::to(&format!("/jobs/{id}")).into_response()),
        Ok(Query::Search(search)) => (search, None),
        Err(error) => (JobSearch::default(), Some(error)),
    };
    let status = if error.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let list = JobList::read(&api, &choice, search, viewer.meets(Need::Operate)).await?;
    let template = JobsPage {
        frame: Frame::of(&api, &viewer, "jobs"),
        live: choice.address("/live/jobs", choice.state, choice.page.before),
        list,
        query: choice.query,
        error,
        suggestions: suggestions(&api).await?,
        words: query::WORDS,
    };
    Ok(show::page(status, &template))
}

/// The list as a stream.
pub(super) async fn live(
    State(api): State<Api>,
    viewer: Viewer,
    params: Params,
) -> Result<Response, Problem> {
    let choice = Choice::of(params)?;
    let may_operate = viewer.meets(Need::Operate);
    let name = format!("{may_operate} {}", choice.address("/jobs", choice.state, choice.page.before));
    let choice = std::sync::Arc::new(choice);
    let render = move |api: Api| {
        let choice = std::sync::Arc::clone(&choice);
        async move {
            let search = match query::read(&choice.query, api.clock.now()) {
                Ok(Query::Search(search)) => search,
                _ => JobSearch::default(),
            };
            let list = JobList::read(&api, &choice, search, may_operate).await?;
            Ok(Region { html: part(&list), is_last: false })
        }
    };
    region::watch(&api, name, Trigger::Clock, render)
}

impl JobList {
    async fn read(
        api: &Api,
        choice: &Choice,
        mut search: JobSearch,
        may_operate: bool,
    ) -> Result<Self, Problem> {
        let counts = api.queue.counts(&search.filter).await?;
        let has_traits = !search.traits.is_empty();
        search.filter.state = choice.state;
        let matching = matching(&search, counts.as_ref()).filter(|_| may_operate);
        let found = api.queue.search(&search, choice.page).await?;
        let now = api.clock.now();
        let tab = |state: Option<StateName>| Tab {
            title: state.map_or("all", StateName::as_str),
            address: choice.address("/jobs", state, None),
            count: counts.as_ref().filter(|_| !has_traits).map(|counts| counts.of(state)),
            is_chosen: state == choice.state,
        };
        let is_first = choice.page.before.is_none();
        Ok(Self {
            address: choice.address("/jobs", choice.state, choice.page.before),
            tabs: std::iter::once(None).chain(StateName::ALL.map(Some)).map(tab).collect(),
            jobs: found.jobs.iter().map(|full| JobRow::new(api, &full.job, now)).collect(),
            state: choice.state,
            query: choice.query.clone(),
            older: found.older.map(|id| choice.address("/jobs", choice.state, Some(id))),
            newest: (!is_first).then(|| choice.address("/jobs", choice.state, None)),
            matching,
            window: found.searched.filter(|searched| *searched >= SEARCHED_MAX),
            may_operate,
        })
    }
}

/// All jobs that match, if it is not all jobs there are, nor a search that looks at jobs one by one.
fn matching(search: &JobSearch, counts: Option<&StateCounts>) -> Option<Matching> {
    if !search.traits.is_empty() || search.filter == JobFilter::default() {
        return None;
    }
    let words = operations::in_words(&search.filter);
    let count = counts.map(|counts| counts.of(search.filter.state));
    let words = match count {
        Some(0) => return None,
        Some(count) => format!("{count} {}", words.strip_prefix("all ").unwrap_or(&words)),
        None if search.filter.state.is_some() => format!("all {words}"),
        None => words,
    };
    Some(Matching { words })
}

/// Words that the search box suggests: the names in use, at most a hundred of each kind.
async fn suggestions(api: &Api) -> Result<Vec<String>, Problem> {
    let queues = api.queue.queues(super::first_names()).await?;
    let tasks = api.queue.tasks(super::first_names()).await?;
    let queues = queues.iter().map(|queue| format!("queue:{}", queue.name));
    Ok(queues.chain(tasks.iter().map(|(task, _)| format!("task:{}", task.name))).collect())
}
