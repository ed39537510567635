//! The machine code of plugins: prepared again after a failure, kept while it is needed, removed afterwards.

use std::sync::Arc;

use taskbox::clock::SystemClock;
use taskbox::domain::{Grant, HostRule, PluginName, SecretName, SecretRule};
use taskbox::events::LocalEvents;
use taskbox::plugins::{Checked, PluginError, Plugins};
use taskbox::ports::{Clock, Components, Events, Registry, SecretValue, Storage};
use taskbox_tests::code_shelf::{CodeShelf, ENDLESS, UNFIT};
use taskbox_tests::model::ModelStorage;
use taskbox_tests::patience::until;

/// A host's plugins over storage that outlives it.
struct Host {
    storage: Arc<ModelStorage>,
    shelf: Arc<CodeShelf>,
    plugins: Arc<Plugins>,
}

impl Host {
    async fn start(storage: Arc<ModelStorage>, shelf: CodeShelf) -> Self {
        let shelf = Arc::new(shelf);
        let (clock, events): (Arc<dyn Clock>, Arc<dyn Events>) =
            (Arc::new(SystemClock), Arc::new(LocalEvents::default()));
        let (stored, runner): (Arc<dyn Storage>, Arc<dyn Components>) = (storage.clone(), shelf.clone());
        let plugins = Arc::new(Plugins::load(stored, runner, clock, events).await.unwrap());
        Self { storage, shelf, plugins }
    }

    async fn empty() -> Self {
        Self::start(Arc::default(), CodeShelf::default()).await
    }

    /// A host that has stored this plugin before, and was started anew.
    async fn with(name: &str, component: &'static str) -> Self {
        let before = Self::empty().await;
        before.upload(name, component).await.unwrap();
        Self::start(before.storage, CodeShelf::default()).await
    }

    async fn check(&self, name: &str, component: &'static str) -> Result<Checked, PluginError> {
        self.plugins.check(name.parse().unwrap(), component.as_bytes().into()).await
    }

    async fn upload(&self, name: &str, component: &'static str) -> Result<(), PluginError> {
        let checked = self.check(name, component).await?;
        self.plugins.keep(checked, true).await.map(drop)
    }

    /// The value of a secret that an attempt of the plugin gets.
    async fn secret(&self, name: &SecretName) -> Option<String> {
        let routes = self.plugins.routes();
        let (task, code) = routes.iter().find(|(_, code)| code.plugin().is_some())?;
        let provision = self.plugins.provision(code, task).await.ok()?;
        provision.egress.secrets.get(name).map(|(_, value)| value.reveal().to_owned())
    }

    /// Whether jobs of this task find code that is ready.
    fn serves(&self, task: &str) -> bool {
        self.plugins.routes().contains_key(&task.parse().unwrap())
    }
}

#[tokio::test]
async fn storage_that_cannot_be_read_for_a_while_makes_no_plugin_unfit() {
    let host = Host::with("mail", "send").await;
    host.storage.fail_next(1);
    assert!(!host.plugins.prepare_active().await, "it is tried again");
    assert!(!host.serves("send"));
    host.storage.fail_next(1);
    let error = host.plugins.activate("mail".parse().unwrap(), 1).await.unwrap_err();
    assert!(matches!(&error, PluginError::Later(reason) if reason.contains("busy")), "{error:?}");
    assert!(host.plugins.prepare_active().await, "it succeeds");
    assert!(host.serves("send"));
}

#[tokio::test]
async fn code_that_is_ready_without_a_route_gets_it_when_it_is_tried_again() {
    let host = Host::with("mail", "send").await;
    let storage = Arc::clone(&host.storage);
    host.shelf.after_next_prepare(async move { storage.fail_next(1) });
    assert!(!host.plugins.prepare_active().await, "it is tried again");
    assert!(host.shelf.has("send") && !host.serves("send"));
    assert!(host.plugins.prepare_active().await, "it succeeds");
    assert!(host.serves("send"));
}

#[tokio::test]
async fn code_that_is_uploaded_stays_when_the_plugin_that_had_it_is_removed_meanwhile() {
    let host = Host::empty().await;
    host.upload("old", "send").await.unwrap();
    let checked = host.plugins.check("new".parse().unwrap(), "send".into()).await.unwrap();
    let plugins = Arc::clone(&host.plugins);
    host.shelf.after_next_prepare(async move { plugins.remove("old".parse().unwrap()).await.unwrap() });
    host.plugins.keep(checked, true).await.unwrap();
    assert!(host.serves("send"));
    host.plugins.remove("new".parse().unwrap()).await.unwrap();
    assert!(!host.shelf.has("send"), "it is needed no longer");
}

#[tokio::test]
async fn code_of_a_plugin_that_is_removed_while_it_is_made_ready_does_not_stay() {
    let host = Host::with("mail", "send").await;
    let plugins = Arc::clone(&host.plugins);
    host.shelf.within_next_prepare(async move { plugins.remove("mail".parse().unwrap()).await.unwrap() });
    host.plugins.prepare_active().await;
    assert!(!host.serves("send") && !host.shelf.has("send"));
}

#[tokio::test]
async fn a_removal_that_could_not_read_storage_anew_is_completed_by_the_next() {
    let host = Host::empty().await;
    host.upload("mail", "send").await.unwrap();
    host.storage.fail_next(1);
    host.plugins.remove("mail".parse().unwrap()).await.unwrap_err();
    assert!(host.serves("send"), "as it was");
    host.plugins.remove("mail".parse().unwrap()).await.unwrap_err();
    assert!(!host.serves("send") && !host.shelf.has("send"));
}

#[tokio::test]
async fn code_of_an_upload_that_comes_to_nothing_does_not_stay() {
    let host = Host::empty().await;
    host.upload("mail", "send").await.unwrap();
    assert!(host.upload("mail", UNFIT).await.is_err());
    assert!(host.upload("mail", "taskbox.own").await.is_err(), "a reserved name");
    assert!(host.upload("post", "send letters").await.is_err(), "mail offers this task");
    drop(host.check("mail", "checked").await.unwrap());
    tokio::select! {
        _ = host.check("mail", ENDLESS) => unreachable!("it has no end"),
        () = until("it is compiled", async || host.shelf.has(ENDLESS).then_some(())) => {}
    }
    for component in [UNFIT, "taskbox.own", "send letters", "checked", ENDLESS] {
        assert!(!host.shelf.has(component), "{component}");
    }
    assert!(host.shelf.has("send") && host.serves("send"));
}

#[tokio::test]
async fn code_of_an_upload_stays_while_another_one_of_the_same_bytes_goes_on() {
    let host = Host::empty().await;
    let first = host.check("mail", "send").await.unwrap();
    drop(host.check("post", "send").await.unwrap());
    assert!(host.shelf.has("send"));
    drop(first);
    assert!(!host.shelf.has("send"));
}

#[tokio::test]
async fn code_that_no_plugin_has_is_forgotten_at_the_start() {
    let before = Host::empty().await;
    before.upload("mail", "send").await.unwrap();
    let shelf = CodeShelf::default();
    for component in ["send", "left"] {
        shelf.leave(component);
    }
    let host = Host::start(before.storage, shelf).await;
    assert!(host.shelf.has("send") && !host.shelf.has("left"));
}

#[tokio::test]
async fn changes_by_one_host_reach_another_over_the_same_storage() {
    let here = Host::empty().await;
    let there = Host::start(Arc::clone(&here.storage), CodeShelf::default()).await;
    let (mail, key): (PluginName, SecretName) = ("mail".parse().unwrap(), "key".parse().unwrap());
    let changes = async {
        here.upload("mail", "send").await.unwrap();
        until("the upload is served", async || there.serves("send").then_some(())).await;
        assert!(there.shelf.has("send"));

        let wide = Grant { networks: vec!["10.0.0.0/8".parse().unwrap()], ..granting(&key) };
        let narrow = granting(&key);
        for grant in [wide, narrow] {
            here.plugins.put_grant(mail.clone(), grant.clone()).await.unwrap();
            until("the grant holds", async || (there.plugins.grant(&mail) == grant).then_some(())).await;
        }

        for value in ["first", "rotated"] {
            here.plugins.put_secret(key.clone(), SecretValue::new(value.to_owned())).await.unwrap();
            until("the secret holds", async || (there.secret(&key).await? == value).then_some(())).await;
        }

        here.plugins.remove(mail).await.unwrap();
        until("it is removed", async || (!there.serves("send")).then_some(())).await;
        assert!(!there.shelf.has("send"), "its code is not needed there either");
    };
    tokio::select! {
        () = there.plugins.follow() => unreachable!("it has no end"),
        () = changes => {}
    }
}

fn granting(secret: &SecretName) -> Grant {
    let rule = SecretRule {
        name: secret.clone(),
        hosts: vec!["https://a".to_owned()],
        headers: SecretRule::usual_headers(),
    };
    let host = HostRule { url: "https://a".to_owned(), methods: vec![], path: "/".to_owned() };
    Grant { hosts: vec![host], secrets: vec![rule], ..Grant::default() }
}
