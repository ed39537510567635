//! A real browser: Chromium without a window, driven over WebDriver, ended by what started it.
//!
//! It never downloads anything: the browser and its driver are those of the system.

use std::future::Future;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::common::capabilities::chrome::ChromeCapabilities;
use thirtyfour::common::capabilities::chromium::ChromiumLikeCapabilities;
use thirtyfour::prelude::*;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::binaries::workspace;
use crate::host::PATIENCE;

/// The pause between two looks at a page.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

const BROWSER: &str = "/usr/bin/chromium";
const DRIVER: &str = "/usr/bin/chromedriver";

/// Without a window, as root in a container, and with nothing that the browser would do by itself.
const FLAGS: [&str; 8] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// What the visitor has.
#[derive(Debug, Clone, Copy)]
pub struct Visitor {
    /// Width of the window in CSS pixels.
    pub width: u32,
    /// Whether it is a phone.
    pub is_phone: bool,
    /// Whether pages are wanted dark.
    pub dark: bool,
    /// Whether scripts run.
    pub scripts: bool,
}

impl Visitor {
    /// Sits at a desk.
    pub const DESK: Visitor = Visitor { width: 1200, is_phone: false, dark: false, scripts: true };
    /// Holds a small phone.
    pub const PHONE: Visitor = Visitor { width: 360, is_phone: true, ..Self::DESK };
    /// Wants pages dark.
    pub const AT_NIGHT: Visitor = Visitor { dark: true, ..Self::DESK };
    /// Lets no script run.
    pub const WITHOUT_SCRIPTS: Visitor = Visitor { scripts: false, ..Self::DESK };
}

/// A browser with one window.
pub struct Browser {
    /// For everything that WebDriver has a word for.
    pub driver: WebDriver,
    session: String,
    client: reqwest::Client,
}

/// Opens a browser, lets the test use it, and ends it also when the test fails.
pub async fn visit<Test, Done>(visitor: Visitor, test: Test)
where
    Test: FnOnce(Arc<Browser>) -> Done,
    Done: Future<Output = ()> + Send + 'static,
{
    let (mut process, _stdout, url) = start_driver().await;
    let profile = tempfile::tempdir().expect("a directory for the profile");
    let browser = Arc::new(Browser::open(&url, &profile, visitor).await);
    let tested = tokio::spawn(test(Arc::clone(&browser))).await;
    // Asked to quit, the driver takes its browser with it; killed, it would leave it behind.
    let quit = browser.driver.clone().quit().await;
    process.kill().await.expect("the driver ends");
    if let Err(failed) = tested {
        std::panic::resume_unwind(failed.into_panic());
    }
    quit.expect("the browser ends");
}

impl Browser {
    async fn open(driver_url: &str, profile: &TempDir, visitor: Visitor) -> Self {
        let driver =
            WebDriver::new(driver_url, capabilities(profile, visitor)).await.expect("a browser opens");
        let session = format!("{driver_url}/session/{}", driver.session_id());
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let browser = Self { driver, session, client };
        if visitor.is_phone {
            let screen =
                json!({ "width": visitor.width, "height": 740, "deviceScaleFactor": 2, "mobile": true });
            browser.devtools("Emulation.setDeviceMetricsOverride", screen).await;
        }
        if visitor.dark {
            let wish = json!({ "features": [{ "name": "prefers-color-scheme", "value": "dark" }] });
            browser.devtools("Emulation.setEmulatedMedia", wish).await;
        }
        browser
    }

    /// What a script answers.
    pub async fn ask(&self, script: &str) -> Value {
        let answer = self.driver.execute(script, Vec::new()).await.expect("the script runs");
        answer.json().clone()
    }

    /// Returns when a script answers this.
    pub async fn answers(&self, script: &str, wanted: &Value) {
        let asking = async {
            while self.ask(script).await != *wanted {
                tokio::time::sleep(LOOK_INTERVAL).await;
            }
        };
        let answered = tokio::time::timeout(PATIENCE, asking).await;
        answered.unwrap_or_else(|_| panic!("{script} did not answer {wanted} in time"));
    }

    /// The first element that fits, as soon as there is one.
    pub async fn find(&self, selector: &str) -> WebElement {
        self.read(selector, async |element| Some(element)).await
    }

    /// The text of the first element that fits, as it is shown.
    pub async fn text(&self, selector: &str) -> String {
        self.read(selector, async |element| element.text().await.ok()).await
    }

    /// The text of the first element that fits, as soon as it is another than this one.
    pub async fn changed_text(&self, selector: &str, before: &str) -> String {
        let changing = async {
            loop {
                let text = self.text(selector).await;
                if text != before {
                    return text;
                }
                tokio::time::sleep(LOOK_INTERVAL).await;
            }
        };
        let changed = tokio::time::timeout(PATIENCE, changing).await;
        changed.unwrap_or_else(|_| panic!("{selector} did not change in time"))
    }

    /// Clicks the first element that fits.
    pub async fn click(&self, selector: &str) {
        self.read(selector, async |element| done(element.click().await).ok()).await;
    }

    /// Says yes to the question that the page asks.
    pub async fn confirm(&self) {
        done(self.driver.accept_alert().await).expect("the page asks");
    }

    /// What stands in the first field that fits.
    pub async fn value(&self, selector: &str) -> String {
        self.read(selector, async |element| element.value().await.ok().flatten()).await
    }

    /// Reads something of the first element that fits, as soon as there is one. A live page may replace
    /// an element between finding and reading it; then there is another to be read.
    async fn read<T>(&self, selector: &str, of: impl AsyncFn(WebElement) -> Option<T>) -> T {
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                if let Ok(element) = self.driver.find(By::Css(selector)).await
                    && let Some(read) = of(element).await
                {
                    return read;
                }
                tokio::time::sleep(LOOK_INTERVAL).await;
            }
        });
        found.await.unwrap_or_else(|_| panic!("{selector} did not appear in time"))
    }

    /// Presses a key, wherever the focus is.
    pub async fn press(&self, key: impl Into<TypingData>) {
        done(self.driver.action_chain().send_keys(key).perform().await).expect("a key is pressed");
    }

    /// Writes into the field that has the focus, in place of what is there.
    pub async fn rewrite(&self, text: &str) {
        let keys = self.driver.action_chain().key_down(Key::Control).send_keys("a").key_up(Key::Control);
        keys.send_keys(text).perform().await.expect("keys are pressed");
    }

    /// Goes on with the tab key until the element of this id has the focus.
    pub async fn tab_to(&self, id: &str) {
        for _ in 0..30 {
            if self.ask("return document.activeElement.id").await == json!(id) {
                return;
            }
            self.press(Key::Tab).await;
        }
        panic!("the tab key does not reach #{id}");
    }

    /// What axe-core finds wrong with the page that keeps people out: of serious or critical impact.
    pub async fn barriers(&self) -> Vec<String> {
        let axe = workspace().join("target/tools/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(axe).expect("axe-core is there: `make browser` installs it");
        self.ask(&axe).await;
        const FIND: &str = "
            const done = arguments[arguments.length - 1];
            axe.run(document, { resultTypes: ['violations'] }).then((found) => done(found.violations
              .filter((each) => ['serious', 'critical'].includes(each.impact))
              .map((each) => `${each.id}: ${each.help}: ${each.nodes.map((node) => node.html).join(' | ')}`)));";
        let found = self.driver.execute_async(FIND, Vec::new()).await.expect("axe runs");
        found.convert().expect("a list of texts")
    }

    /// Errors and warnings that the page caused since the last call, violations of its policy included.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.command("se/log", json!({ "type": "browser" })).await;
        let entries = log.as_array().expect("a log is a list").iter();
        entries.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Sends a command of the DevTools protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) {
        self.command("goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await;
    }

    /// A command of this driver that WebDriver does not have.
    async fn command(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/{path}", self.session);
        let response = self.client.post(url).json(&body).send().await.expect("the driver answers");
        let mut answer: Value = response.json().await.expect("the driver answers with JSON");
        answer["value"].take()
    }
}

/// The result of a key or a click. One that leads to another page is done, although the driver may say that the page went
/// away before it answered.
fn done(result: WebDriverResult<()>) -> WebDriverResult<()> {
    match result {
        Err(error) if error.to_string().contains("aborted by navigation") => Ok(()),
        result => result,
    }
}

fn capabilities(profile: &TempDir, visitor: Visitor) -> ChromeCapabilities {
    let mut wanted = DesiredCapabilities::chrome();
    let profile = format!("--user-data-dir={}", profile.path().display());
    let window = format!("--window-size={},900", visitor.width);
    for flag in FLAGS.into_iter().chain([profile.as_str(), window.as_str()]) {
        wanted.add_arg(flag).expect("a flag is a text");
    }
    wanted.set_binary(BROWSER).expect("a path is a text");
    if !visitor.scripts {
        let blocked = json!({ "profile.managed_default_content_settings.javascript": 2 });
        wanted.add_experimental_option("prefs", blocked).expect("preferences are JSON");
    }
    wanted.set("goog:loggingPrefs", json!({ "browser": "ALL" })).expect("a wish is JSON");
    wanted
}

/// Most starts of a driver.
const DRIVER_STARTS_MAX: usize = 5;

/// Starts the driver on a port of its choice, which another process may take before it does: then on another one.
async fn start_driver() -> (Child, Lines<BufReader<ChildStdout>>, String) {
    for _ in 0..DRIVER_STARTS_MAX {
        if let Some(started) = start_driver_once().await {
            return started;
        }
    }
    panic!("the driver ended {DRIVER_STARTS_MAX} times before it was ready");
}

/// Starts the driver. None if it ends before it is ready.
async fn start_driver_once() -> Option<(Child, Lines<BufReader<ChildStdout>>, String)> {
    for program in [BROWSER, DRIVER] {
        assert!(
            Path::new(program).exists(),
            "{program} is missing; install it with\napt-get install chromium chromium-driver"
        );
    }
    let mut process = Command::new(DRIVER)
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the driver starts");
    let mut stdout = BufReader::new(process.stdout.take().expect("stdout is piped")).lines();
    let port = tokio::time::timeout(PATIENCE, announced_port(&mut stdout))
        .await
        .expect("the driver is ready in time")?;
    Some((process, stdout, format!("http://127.0.0.1:{port}")))
}

/// The port of a driver; none if it ended because another process took the port that it had chosen.
async fn announced_port(stdout: &mut Lines<BufReader<ChildStdout>>) -> Option<u16> {
    while let Some(line) = stdout.next_line().await.expect("stdout is text") {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            return Some(port.trim_end_matches('.').parse().expect("a port is a number"));
        }
    }
    None
}
