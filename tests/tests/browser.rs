//! The pages in a real browser, against the real host.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use taskbox::stand_ins::Pace;
use taskbox_tests::browser::{Browser, Visitor, visit};
use taskbox_tests::story::Story;
use tempfile::TempDir;
use thirtyfour::prelude::*;

/// Long enough to be seen loading, short enough for a test: each of three requests takes a second.
fn unhurried() -> Pace {
    Pace::between(Duration::from_millis(900), Duration::from_millis(1_100))
}

async fn story(pace: Pace) -> (Arc<Story>, TempDir) {
    let data = tempfile::tempdir().unwrap();
    (Arc::new(Story::begin(data.path(), pace).await), data)
}

async fn open(browser: &Browser, story: &Story, path: &str) {
    browser.driver.goto(format!("{}{path}", story.host.url)).await.unwrap();
}

/// Writes into the form by keyboard alone, and sends it.
async fn place_by_keyboard(browser: &Browser, user_id: &str, payment_intent_id: &str) {
    for (id, text) in [("user_id", user_id), ("payment_intent_id", payment_intent_id)] {
        browser.tab_to(id).await;
        let outline = browser.ask("return getComputedStyle(document.activeElement).outlineStyle").await;
        assert_eq!(outline, json!("solid"), "the focus on #{id} can be seen");
        browser.rewrite(text).await;
    }
    browser.press(Key::Enter).await;
}

#[tokio::test]
async fn an_order_placed_by_keyboard_appears_at_once_and_completes_without_reload() {
    let (story, _data) = story(unhurried()).await;
    visit(Visitor::DESK, async move |browser| {
        open(&browser, &story, "/orders").await;
        assert!(browser.text("[data-empty]").await.contains("No orders yet"));
        place_by_keyboard(&browser, "u_keys", "pi_keys").await;

        assert!(browser.text("li[data-status=loading]").await.contains("Loading"));
        browser.ask("window.sameDocument = true").await;
        let clock = browser.text(".clock.running").await;
        assert_eq!(clock.len(), "00:00".len(), "{clock}");
        let later = browser.changed_text(".clock.running", &clock).await;
        assert!(later > clock, "the clock runs: {clock}, {later}");

        let row = browser.text("li[data-status=completed]").await;
        assert!(row.contains("Completed") && row.contains("USD") && row.contains("u_keys"), "{row}");
        assert_eq!(browser.ask("return window.sameDocument").await, json!(true), "nothing was reloaded");
        let told = browser.ask("return document.querySelector('[data-announcer]').textContent").await;
        assert!(told.as_str().unwrap().contains("completed"), "it is announced: {told}");
        assert_eq!(browser.complaints().await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn an_order_placed_elsewhere_appears_by_itself_and_its_page_tells_its_story() {
    let (story, _data) = story(unhurried()).await;
    visit(Visitor::DESK, async move |browser| {
        open(&browser, &story, "/orders").await;
        browser.find("[data-link-state=live]").await;
        story.place("u_elsewhere", "pi_1").await;
        browser.click("li[data-status=loading] a.title").await;

        let running = browser.text(".event.is-running").await;
        assert!(running.contains("Attempt 1 is running"), "{running}");
        let done = browser.text(".event.is-completed").await;
        assert!(done.contains("Completed by attempt 1"), "{done}");
        assert!(browser.text(".facts").await.contains("USD"));
        assert_eq!(browser.complaints().await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn wrong_input_is_told_beside_the_field_and_kept() {
    let (story, _data) = story(Pace::AT_ONCE).await;
    visit(Visitor::DESK, async move |browser| {
        open(&browser, &story, "/orders").await;
        place_by_keyboard(&browser, "u_kept", "ch_wrong").await;

        assert!(browser.text("#payment_intent_id-error").await.contains("pi_"));
        assert_eq!(browser.value("#user_id").await, "u_kept");
        assert_eq!(browser.value("#payment_intent_id").await, "ch_wrong");
        let focused = browser.ask("return document.activeElement.id").await;
        assert_eq!(focused, json!("payment_intent_id"), "the wrong field has the focus");
        let described = browser.ask("return document.activeElement.getAttribute('aria-describedby')").await;
        assert_eq!(described, json!("payment_intent_id-error"));
        assert_eq!(story.host.get("/v1/orders").await["items"], json!([]));

        place_by_keyboard(&browser, "u_kept", "pi_right").await;
        browser.find("li[data-status=completed]").await;
    })
    .await;
}

#[tokio::test]
async fn without_scripts_a_reload_shows_what_became_of_an_order() {
    let (story, _data) = story(unhurried()).await;
    visit(Visitor::WITHOUT_SCRIPTS, async move |browser| {
        open(&browser, &story, "/orders").await;
        browser.click("form[action='/orders'] button").await;
        let row = browser.text("li[data-status=loading]").await;
        assert!(row.contains("Loading") && row.contains("00:0"), "{row}");

        let order = story.host.get("/v1/orders").await["items"][0].clone();
        assert_eq!(story.finished(&order).await["status"], json!("completed"));
        assert!(browser.driver.find(By::Css("li[data-status=loading]")).await.is_ok(), "no script ran");
        browser.driver.refresh().await.unwrap();
        assert!(browser.text("li[data-status=completed]").await.contains("USD"));
        assert_eq!(browser.complaints().await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn on_a_phone_nothing_is_wider_than_the_screen() {
    let (story, _data) = story(Pace::AT_ONCE).await;
    visit(Visitor::PHONE, async move |browser| {
        let order = story.place(&"u".repeat(128), &format!("pi_{}", "x".repeat(200))).await;
        let failed = story.place("u_unpaid", "pi_unpaid_1").await;
        story.finished(&order).await;
        story.finished(&failed).await;
        let order_path = |order: &serde_json::Value| format!("/orders/{}", order["id"].as_str().unwrap());
        for path in [
            "/".to_owned(),
            "/orders".to_owned(),
            "/jobs".to_owned(),
            order_path(&order),
            order_path(&failed),
            "/plugins".to_owned(),
            "/orders/x".to_owned(),
        ] {
            open(&browser, &story, &path).await;
            let widths = browser.ask("return [document.documentElement.scrollWidth, innerWidth]").await;
            assert_eq!(widths[1], json!(360), "the page is as wide as the phone");
            assert_eq!(widths[0], widths[1], "{path} scrolls sideways");
        }
    })
    .await;
}

#[tokio::test]
async fn at_night_pages_are_dark_and_texts_can_be_read() {
    const LIGHTNESS: &str = "
        const lightness = (property, element) =>
          Math.max(...getComputedStyle(element)[property].match(/[0-9.]+/g).slice(0, 3).map(Number));
        return [lightness('backgroundColor', document.body), lightness('color', document.body)];";
    let (story, _data) = story(Pace::AT_ONCE).await;
    visit(Visitor::AT_NIGHT, async move |browser| {
        for path in ["/", "/orders", "/jobs", "/plugins"] {
            open(&browser, &story, path).await;
            let seen = browser.ask(LIGHTNESS).await;
            let (ground, text) = (seen[0].as_f64().unwrap(), seen[1].as_f64().unwrap());
            assert!(ground < 60.0 && text > 200.0, "{path}: {text} on {ground}");
        }
        assert_eq!(browser.complaints().await, [""; 0]);
    })
    .await;
}
