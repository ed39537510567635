//! The frame of a page: what stands around the content of every page.

use std::time::Duration;

use super::assets::Links;
use super::time::lasting;
use crate::api::Api;
use crate::api::access::{Need, Viewer};
use crate::domain::closed_set;

closed_set! {
    /// The colour that tells one host from another at a glance.
    #[default(Blue)]
    pub enum InstanceColor {
        /// The colour of the pages themselves.
        Blue = "blue",
        /// Often a development host.
        Green = "green",
        /// Often a staging host.
        Orange = "orange",
        /// Often a production host.
        Red = "red",
        /// Purple.
        Purple = "purple",
        /// Grey.
        Grey = "grey",
    }
}

/// The name and the colour under which pages show a host.
#[derive(Debug, Clone, Default)]
pub struct Instance {
    /// The name beside the product's; none is shown when it is missing.
    pub name: Option<String>,
    /// The colour of the header's edge.
    pub color: InstanceColor,
}

/// An entry of the navigation: the key that leads there, the path, the name, the title.
type Entry = (char, &'static str, &'static str, &'static str);

const ENTRIES: [Entry; 9] = [
    ('h', "/", "home", "Home"),
    ('o', "/orders", "orders", "Orders"),
    ('j', "/jobs", "jobs", "Jobs"),
    ('q', "/queues", "queues", "Queues"),
    ('k', "/tasks", "tasks", "Tasks"),
    ('s', "/schedules", "schedules", "Schedules"),
    ('p', "/plugins", "plugins", "Plugins"),
    ('n', "/tokens", "tokens", "Tokens"),
    ('a', "/audit", "audit", "Audit"),
];

/// The access that changing what a page shows requires.
fn need_of(here: &str) -> Need {
    match here {
        "queues" => Need::Queues,
        "tasks" => Need::Tasks,
        "schedules" => Need::Schedules,
        "plugins" => Need::Plugins,
        _ => Need::Operate,
    }
}

/// The frame of one page.
pub(super) struct Frame {
    pub(super) links: Links,
    /// The entry of the navigation that is this page, or empty.
    pub(super) here: &'static str,
    pub(super) instance: Instance,
    pub(super) version: &'static str,
    /// The time since the host started; `None` where it is not at hand.
    pub(super) uptime: Option<String>,
    /// Who looks at the page.
    pub(super) viewer: Viewer,
    /// Whether the viewer may change what the page shows: buttons that would be refused are not shown.
    pub(super) may_operate: bool,
}

impl Frame {
    /// The frame of a page for a viewer.
    pub(super) fn of(api: &Api, viewer: &Viewer, here: &'static str) -> Self {
        let uptime = api.clock.now().since(api.started_at);
        Self {
            here,
            instance: api.instance.clone(),
            uptime: Some(lasting(uptime.max(Duration::from_secs(1)))),
            may_operate: viewer.meets(need_of(here)),
            viewer: viewer.clone(),
            ..Self::bare()
        }
    }

    /// The entries of the navigation that the viewer may see.
    pub(super) fn entries(&self) -> impl Iterator<Item = &'static Entry> {
        ENTRIES.iter().filter(|entry| match entry.2 {
            "tokens" => self.viewer.may_change_tokens(),
            "audit" => self.viewer.may_audit(),
            _ => true,
        })
    }

    /// The frame of a page that knows neither its host nor its viewer.
    pub(super) fn bare() -> Self {
        Self {
            links: Links,
            here: "",
            instance: Instance::default(),
            version: env!("CARGO_PKG_VERSION"),
            uptime: None,
            viewer: Viewer::of_page(),
            may_operate: false,
        }
    }
}
