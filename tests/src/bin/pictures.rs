//! Takes the pictures of the README and of docs/ anew: pages of a host with something to show, in light, in dark and on a
//! phone. Usage: `pictures FOLDER`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use taskbox::stand_ins::Pace;
use taskbox_tests::browser::{Visitor, visit};
use taskbox_tests::story::Story;

/// The looks, each with its name.
const LOOKS: [(&str, Visitor); 3] =
    [("light", Visitor::DESK), ("dark", Visitor::AT_NIGHT), ("phone", Visitor::PHONE)];

#[tokio::main]
async fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("usage: pictures FOLDER"));
    std::fs::create_dir_all(&folder).expect("a folder for pictures");
    let data = tempfile::tempdir().expect("a folder for data");
    let pace = Pace::between(Duration::from_millis(300), Duration::from_millis(900));
    let story = Arc::new(Story::begin(data.path(), pace).await);
    let done = fill(&story).await;
    for (look, visitor) in LOOKS {
        let paths = [
            ("home", "/".to_owned()),
            ("orders", "/orders".to_owned()),
            ("jobs", "/jobs".to_owned()),
            ("job", format!("/jobs/{done}")),
            ("plugins", "/plugins".to_owned()),
        ];
        let (story, folder) = (Arc::clone(&story), folder.clone());
        visit(visitor, async move |browser| {
            // One that runs, on every picture.
            story.place("u_now", "pi_3MtwBwLkdIwHu7ix28a3tqNo").await;
            for (name, path) in paths {
                browser.driver.goto(format!("{}{path}", story.host.url)).await.expect("a page");
                browser.find("footer").await;
                let picture = browser.driver.screenshot_as_png().await.expect("a picture");
                keep(&folder.join(format!("{name}-{look}.png")), &picture);
            }
        })
        .await;
    }
}

fn keep(file: &Path, picture: &[u8]) {
    std::fs::write(file, picture).expect("the picture is written");
    println!("{}", file.display());
}

/// Gives the host something to show. Returns the id of a completed job.
async fn fill(story: &Story) -> String {
    let mut orders = Vec::new();
    for number in 1..=12 {
        orders
            .push(story.place(&format!("u_{number}"), &format!("pi_3MtwBwLkdIwHu7ix28a3t{number:03}")).await);
    }
    orders.push(story.place("u_late", "pi_unpaid_7").await);
    story.host.put("/v1/queues/reports", &json!({ "paused": true, "concurrency": 20 })).await;
    for shop in 1..=3 {
        let input = json!({ "shop": shop, "month": "2026-10" });
        let job = json!({
            "task": "report", "allow_unknown_task": true, "queue": "reports", "input": input,
            "tags": ["monthly"], "label": format!("Report of shop {shop}"),
        });
        story.host.post("/v1/jobs", &job).await;
    }
    for order in &orders {
        story.finished(order).await;
    }
    id_of_job(&orders[0])
}

fn id_of_job(order: &Value) -> String {
    order["job_id"].as_str().expect("an order has a job").to_owned()
}
