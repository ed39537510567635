//! Tokens that are made on a running host, and sessions of browsers.

use reqwest::header::{ACCEPT, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use taskbox::domain::Digest;
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;
use taskbox_tests::patience::until;
use tempfile::TempDir;
use tokio::process::Command;

struct Tokens {
    host: TestHost,
    data: TempDir,
    client: Client,
}

impl Tokens {
    /// A host with these settings.
    async fn start(settings: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let host = TestHost::start_with(data.path(), settings).await;
        let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { host, data, client }
    }

    /// A host with the token `boss` of the settings.
    async fn guarded() -> Self {
        let digest = Digest::of(b"boss");
        let scopes = "[\"submit\", \"operate\"]";
        Self::start(&format!("[[tokens]]\nname = \"boss\"\ndigest = \"{digest}\"\nscopes = {scopes}")).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.host.url))
    }

    async fn call(&self, secret: &str, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let answer = self.request(method, path).bearer_auth(secret).json(&body).send().await.unwrap();
        let status = answer.status();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
    }

    async fn status(&self, secret: &str, path: &str) -> StatusCode {
        self.call(secret, Method::GET, path, Value::Null).await.0
    }

    /// Makes a token as `boss`.
    async fn make(&self, body: Value) -> Value {
        let (status, made) = self.call("boss", Method::POST, "/v1/tokens", body).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        made
    }

    /// Posts a form from a page of the host.
    async fn post_form(&self, path: &str, cookie: &str, form: &str) -> Response {
        let request = self.request(Method::POST, path).header(ORIGIN, &self.host.url).header(COOKIE, cookie);
        request.header(ACCEPT, "text/html").body(form.to_owned()).send().await.unwrap()
    }

    /// The cookie of a new session of this token.
    async fn log_in(&self, secret: &str) -> String {
        let answer = self.post_form("/login", "", &format!("token={secret}&next=%2Faudit")).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(answer.headers()[LOCATION], "/audit");
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
        assert!(cookie.contains("HttpOnly; SameSite=Lax") && !cookie.contains("Secure"), "{cookie}");
        cookie.split(';').next().unwrap().to_owned()
    }

    async fn page(&self, path: &str, cookie: &str) -> Response {
        self.request(Method::GET, path)
            .header(COOKIE, cookie)
            .header(ACCEPT, "text/html")
            .send()
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn the_first_token_closes_the_host_and_the_last_one_opens_it() {
    let tokens = Tokens::start("").await;
    let weak = json!({ "name": "ci", "scopes": ["submit"] });
    let (status, problem) = tokens.host.call(Method::POST, "/v1/tokens", Some(&weak)).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/scopes"))
    );
    let made = tokens.host.post("/v1/tokens", &json!({ "name": "ops", "scopes": ["operate"] })).await;
    assert_eq!(made["closes_host"], true);
    let (secret, id) = (made["token"].as_str().unwrap(), made["id"].as_str().unwrap());
    assert_eq!(tokens.host.call(Method::GET, "/v1/jobs", None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(tokens.status(secret, "/v1/jobs").await, StatusCode::OK);
    let stored = std::fs::read_dir(tokens.data.path().join("data")).unwrap();
    assert!(stored.count() > 0);
    let (status, _) = tokens.call(secret, Method::DELETE, &format!("/v1/tokens/{id}"), Value::Null).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(tokens.host.call(Method::GET, "/v1/jobs", None).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_token_holds_until_it_is_revoked_and_over_a_restart() {
    let tokens = Tokens::guarded().await;
    let made = tokens.make(json!({ "name": "ci", "scopes": ["read"], "expires_in": "30d" })).await;
    let (secret, path) =
        (made["token"].as_str().unwrap().to_owned(), format!("/v1/tokens/{}", made["id"].as_str().unwrap()));
    assert_eq!((&made["closes_host"], &made["created_by"]), (&json!(false), &json!("boss")));
    assert_eq!(tokens.status(&secret, "/v1/jobs").await, StatusCode::OK);
    let Tokens { host, data, client } = tokens;
    host.kill().await;
    let settings = std::fs::read_to_string(data.path().join("settings.toml")).unwrap();
    let host = TestHost::start_with(data.path(), &settings).await;
    let tokens = Tokens { host, data, client };
    assert_eq!(tokens.status(&secret, "/v1/jobs").await, StatusCode::OK);
    let (_, list) = tokens.call("boss", Method::GET, "/v1/tokens", Value::Null).await;
    let names: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|token| (token["name"].as_str().unwrap(), token["in_settings"].as_bool().unwrap()))
        .collect();
    assert_eq!(names, [("boss", true), ("ci", false)]);
    assert!(
        list["items"].as_array().unwrap().iter().all(|token| token["last_used_at"].is_string()),
        "{list}"
    );
    assert!(!list.to_string().contains(&secret));
    assert_eq!(tokens.call("boss", Method::DELETE, &path, Value::Null).await.0, StatusCode::NO_CONTENT);
    assert_eq!(tokens.status(&secret, "/v1/jobs").await, StatusCode::UNAUTHORIZED);
    assert_eq!(tokens.call("boss", Method::DELETE, &path, Value::Null).await.0, StatusCode::NOT_FOUND);
    let fixed = format!("/v1/tokens/{}", &Digest::of(b"boss").to_hex()[..16]);
    assert_eq!(tokens.call("boss", Method::DELETE, &fixed, Value::Null).await.0, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_token_that_expires_is_refused_from_then_on() {
    let tokens = Tokens::guarded().await;
    let made = tokens.make(json!({ "name": "ci", "scopes": ["read"], "expires_in": "1s" })).await;
    let secret = made["token"].as_str().unwrap();
    let refused =
        async || (tokens.status(secret, "/v1/jobs").await == StatusCode::UNAUTHORIZED).then_some(());
    until("it has expired", refused).await;
}

#[tokio::test]
async fn a_token_without_operate_gives_and_revokes_only_what_it_has() {
    let tokens = Tokens::guarded().await;
    let lead = tokens.make(json!({ "name": "lead", "scopes": ["tokens", "submit"] })).await;
    let lead = lead["token"].as_str().unwrap();
    let make = async |scopes: Value| {
        tokens.call(lead, Method::POST, "/v1/tokens", json!({ "name": "x", "scopes": scopes })).await
    };
    assert_eq!(make(json!(["submit"])).await.0, StatusCode::CREATED);
    let (status, problem) = make(json!(["submit", "read"])).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(problem["detail"].as_str().unwrap().contains("lacks: read"), "{problem}");
    let strong = tokens.make(json!({ "name": "reader", "scopes": ["read"] })).await;
    let path = format!("/v1/tokens/{}", strong["id"].as_str().unwrap());
    assert_eq!(tokens.call(lead, Method::DELETE, &path, Value::Null).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_command_line_makes_lists_and_revokes() {
    let tokens = Tokens::guarded().await;
    let taskbox = async |arguments: &[&str]| {
        let mut command = Command::new(binaries::taskbox());
        command.args(["token"]).args(arguments).args(["--host", &tokens.host.url, "--token", "boss"]);
        let output = command.output().await.unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let (_, secret) = taskbox(&["create", "ci", "--scopes", "read,jobs:cancel", "--expires-in", "1d"]).await;
    assert_eq!(tokens.status(secret.trim(), "/v1/jobs").await, StatusCode::OK);
    let (_, list) = taskbox(&["list"]).await;
    assert!(list.contains("read,jobs:cancel"), "{list}");
    assert!(taskbox(&["revoke", "ci"]).await.0);
    assert_eq!(tokens.status(secret.trim(), "/v1/jobs").await, StatusCode::UNAUTHORIZED);
    assert!(!taskbox(&["revoke", "ci"]).await.0);
}

#[tokio::test]
async fn a_browser_logs_in_and_out() {
    let tokens = Tokens::guarded().await;
    let led = tokens.page("/audit?actor=a", "").await;
    assert_eq!(
        (led.status(), &led.headers()[LOCATION]),
        (StatusCode::SEE_OTHER, &"/login?next=%2Faudit%3Factor%3Da".parse().unwrap())
    );
    let form = tokens.page("/login?next=%2Faudit", "").await.text().await.unwrap();
    assert!(form.contains("value=\"/audit\""), "{form}");
    let wrong = tokens.post_form("/login", "", "token=wrong&next=%2F").await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.headers().get(SET_COOKIE).is_none());

    let cookie = tokens.log_in("boss").await;
    let page = tokens.page("/audit", &cookie).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.text().await.unwrap().contains("Log out<span class=\"quiet\"> boss</span>"));
    let out = tokens.post_form("/logout", &cookie, "").await;
    assert_eq!((out.status(), &out.headers()[LOCATION]), (StatusCode::SEE_OTHER, &"/login".parse().unwrap()));
    assert!(out.headers()[SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(
        tokens.page("/audit", &cookie).await.status(),
        StatusCode::SEE_OTHER,
        "the cookie is worth nothing now"
    );
}

#[tokio::test]
async fn a_change_by_a_session_comes_from_a_page_of_the_host() {
    let tokens = Tokens::guarded().await;
    let cookie = tokens.log_in("boss").await;
    let pause = async |headers: &[(&str, &str)]| {
        let request = tokens.request(Method::PUT, "/v1/queues/mail").header(COOKIE, &cookie);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.json(&json!({ "paused": true })).send().await.unwrap().status()
    };
    let own = tokens.host.url.as_str();
    for foreign in [
        &[][..],
        &[("origin", "https://evil.example")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
    ] {
        assert_eq!(pause(foreign).await, StatusCode::FORBIDDEN, "{foreign:?}");
    }
    assert_eq!(pause(&[("origin", own)]).await, StatusCode::OK);
    assert_eq!(pause(&[("sec-fetch-site", "same-origin")]).await, StatusCode::OK);
    let login =
        tokens.request(Method::POST, "/login").header(ORIGIN, "https://evil.example").body("token=boss");
    assert_eq!(login.send().await.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_session_ends_with_its_token() {
    let tokens = Tokens::guarded().await;
    let made = tokens.make(json!({ "name": "ann", "scopes": ["read"] })).await;
    let cookie = tokens.log_in(made["token"].as_str().unwrap()).await;
    assert_eq!(tokens.page("/", &cookie).await.status(), StatusCode::OK);
    let path = format!("/v1/tokens/{}", made["id"].as_str().unwrap());
    tokens.call("boss", Method::DELETE, &path, Value::Null).await;
    assert_eq!(tokens.page("/", &cookie).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_page_of_tokens_makes_shows_once_and_revokes() {
    let tokens = Tokens::guarded().await;
    let cookie = tokens.log_in("boss").await;
    let form = "name=ci&read=on&queues=on&queue_names=&task_names=&expires_in=24h";
    let page = tokens.post_form("/tokens", &cookie, form).await.text().await.unwrap();
    let secret = page.split("taskbox_").nth(1).expect("it is shown").split('<').next().unwrap().to_owned();
    let secret = format!("taskbox_{secret}");
    assert_eq!(tokens.status(&secret, "/v1/queues").await, StatusCode::OK);
    assert!(!tokens.page("/tokens", &cookie).await.text().await.unwrap().contains(&secret));
    let id = &Digest::of(secret.as_bytes()).to_hex()[..16];
    let revoked = tokens.post_form(&format!("/tokens/{id}/revoke"), &cookie, "").await;
    assert_eq!(revoked.status(), StatusCode::SEE_OTHER);
    assert_eq!(tokens.status(&secret, "/v1/queues").await, StatusCode::UNAUTHORIZED);
    let log = tokens.page("/audit", &cookie).await.text().await.unwrap();
    assert!(log.contains("token.revoke") && log.contains("token.create") && !log.contains(&secret), "{log}");
}
