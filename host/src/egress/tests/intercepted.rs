//! An interceptor before the network.

use async_trait::async_trait;

use super::*;
use crate::domain::{ByteSize, LimitsSpec, SecretRule};
use crate::ports::{BodyError, Intercepted, Interceptor, SecretValue};

/// Repeats the authorization of requests to its path, and lets all others pass.
struct Repeating;

#[async_trait]
impl Interceptor for Repeating {
    async fn intercept(&self, request: http::Request<Body>) -> Intercepted {
        if request.uri().path() != "/mocked" {
            return Intercepted::Passed(request);
        }
        let sent = request.headers().get("authorization").map(|value| value.as_bytes().to_vec());
        Intercepted::Answered(Ok(http::Response::new(body(sent.unwrap_or_default()))))
    }
}

fn egress() -> HttpEgress {
    HttpEgress::new().unwrap().intercepted_by(Arc::new(Repeating))
}

async fn send(grant: Grant, url: &str) -> Result<http::Response<Body>, EgressError> {
    egress().send(&pass(grant), get(url), EgressTimeouts::default()).await
}

#[tokio::test]
async fn what_it_lets_pass_is_sent_and_what_the_grant_denies_never_reaches_it() {
    let port = serve(Router::new().fallback(|| async { "from the server" })).await;
    let granted = || grant(&[&format!("http://127.0.0.1:{port}")]);
    let sent = send(granted(), &format!("http://127.0.0.1:{port}/x")).await.unwrap();
    assert_eq!(text(sent).await, "from the server");
    let denied = send(granted(), "http://127.0.0.1:1/mocked").await;
    assert!(matches!(denied, Err(EgressError::Denied(_))));
}

#[tokio::test]
async fn it_gets_secrets_as_a_server_does_and_its_answers_are_masked_and_limited() {
    let name: crate::domain::SecretName = "key".parse().unwrap();
    let hosts = vec!["https://a.example".to_owned()];
    let rule = SecretRule { name: name.clone(), hosts, headers: SecretRule::usual_headers() };
    let grant = |limit| Grant {
        secrets: vec![rule.clone()],
        limits: LimitsSpec { response_bytes: Some(ByteSize(limit)), ..LimitsSpec::default() },
        ..grant(&["https://a.example"])
    };
    let placeholder = crate::domain::egress_policy::placeholder(&name, 7);
    let secrets = BTreeMap::from([(name, (placeholder.clone(), SecretValue::new("sk_live_1")))]);
    let ask = async |limit| {
        let pass = EgressPass { secrets: Arc::new(secrets.clone()), ..pass(grant(limit)) };
        let request = http::Request::get("https://a.example/mocked")
            .header("authorization", format!("Bearer {placeholder}"))
            .body(body(""))
            .unwrap();
        egress().send(&pass, request, EgressTimeouts::default()).await.unwrap()
    };
    assert_eq!(text(ask(100).await).await, "Bearer *********");
    let too_long = ask(10).await.into_body().collect().await;
    assert!(matches!(too_long, Err(BodyError::TooLarge { limit_bytes: 10 })));
}
