//! Following a job to its end: its states, its progress and its lines as they come.

use std::ops::ControlFlow;

use super::answer::{Answer, Part, text};
use super::client::Client;
use super::failures;
use super::out::{painted, say};
use super::paint::{Line, Style};
use super::progress_bar::Bar;
use super::screen::Screen;
use super::watch::{print_gap, print_json, watched};
use crate::api::StreamEventName;
use crate::domain::StateName;

/// Follows a job until it is final. Only one that completed is a success.
pub(super) async fn follow(client: &Client, id: &str, json: bool) -> anyhow::Result<()> {
    let mut state = String::new();
    let view = Follower { screen: Screen::of_stdout(), bar: Bar::new() };
    let see = |event: &str, data: &Answer| {
        let name = event.parse().ok();
        match json {
            true => print_json(event, data),
            false => view.see(name, data),
        }
        let is_state = name == Some(StreamEventName::State);
        if is_state {
            state = data.str("state").unwrap_or_default();
        }
        let is_final = is_state && data.at("/finalized_at").is_some_and(|at| !at.is_empty());
        if is_final { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    client.watch(&format!("/v1/jobs/{id}/events"), see).await?;
    drop(view);
    if !json && state == StateName::Discarded.to_string() {
        failures::print_latest(&client.get(&format!("/v1/jobs/{id}")).await?);
    }
    watched("job", &state)
}

/// What a person sees of a job.
struct Follower {
    screen: Screen,
    bar: Bar,
}

impl Follower {
    /// Shows an event; an unknown one, of a newer host, is left out.
    fn see(&self, event: Option<StreamEventName>, data: &Answer) {
        match event {
            Some(StreamEventName::State) => self.bar.aside(|| self.state(data)),
            Some(StreamEventName::Progress) => self.progress(data),
            Some(StreamEventName::Log) => self.bar.aside(|| self.log(data)),
            Some(StreamEventName::Gap) => self.bar.aside(|| print_gap(data)),
            Some(StreamEventName::Order) | None => {}
        }
    }

    fn state(&self, data: &Answer) {
        let state = text(data.at("/state"));
        let mut line = Line::new(self.screen.has_colours);
        line.push(Style::of_state(&state), &state);
        line.push(Style::Quiet, &format!(" (attempt {})", text(data.at("/attempt"))));
        painted(&line);
    }

    fn log(&self, data: &Answer) {
        let mut line = Line::new(self.screen.has_colours);
        line.push(Style::Quiet, "| ");
        line.push(Style::Plain, &text(data.at("/line")));
        painted(&line);
    }

    /// A bar on a terminal, else a line.
    fn progress(&self, data: &Answer) {
        let number = |pointer: &str| data.at(pointer).and_then(Part::number).unwrap_or_default();
        let message = data.at("/message").and_then(Part::str).unwrap_or_default();
        match self.bar.is_hidden() {
            true => {
                say!("{}/{}  {}", text(data.at("/done")), text(data.at("/total")), text(data.at("/message")))
            }
            false => self.bar.show(number("/done"), number("/total"), &message),
        }
    }
}
