//! The time from the upload of a plugin to the end of its first job.

use std::time::{Duration, Instant};

use super::connection::Connection;
use super::host::{BenchHost, Plan};
use super::load::{self, Times};
use super::report::{Figure, Row};
use super::rows::RowName;

/// The number of uploads, one after the other.
const UPLOADS: u8 = 20;

pub(super) async fn measure(plan: &Plan) -> anyhow::Result<Row> {
    let host = BenchHost::start(plan, plan.dir.join(RowName::Upload.as_str()), &[]).await?;
    let mut connection = Connection::open(host.address).await?;
    let sync = plan.sync_time()?;
    let mut times = Vec::new();
    for number in 0..UPLOADS {
        times.push(upload_and_run(&host, &mut connection, unseen(&plan.component, number)).await?);
    }
    let times = Times::new(times);
    host.end().await?;
    let figures = vec![
        Figure::millis("p50_millis", "p50", times.millis_at(0.5)),
        Figure::millis("p99_millis", "p99", times.millis_at(0.99)),
    ];
    let what = format!(
        "from the upload of a plugin of {} KiB to the end of its first job",
        plan.component.len() / 1024
    );
    Ok(Row::new(RowName::Upload, what, sync, figures))
}

async fn upload_and_run(
    host: &BenchHost,
    connection: &mut Connection,
    component: Vec<u8>,
) -> anyhow::Result<Duration> {
    let began = Instant::now();
    host.client().put_bytes("/v1/plugins/bench", component).await?;
    connection.run_job(load::one_job()).await?;
    Ok(began.elapsed())
}

/// The same component with another digest, so that its machine code is in no cache: with a custom section behind it
/// (WebAssembly, Binary Format, 5.5.3).
fn unseen(component: &[u8], number: u8) -> Vec<u8> {
    const CUSTOM: u8 = 0;
    [component, &[CUSTOM, 3, 1, b'n', number]].concat()
}
