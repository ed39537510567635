//! Markup without what the script of a page moves on by itself: a page that differs by nothing else is the same.

/// Before the text of a relative time, and before that of a running clock.
const BEGINNINGS: [&str; 2] = ["data-relative>", "data-elapsed="];

/// The pieces of a markup between its clocks.
pub(super) fn without_clocks(html: &str) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), html);
    while let Some(at) = BEGINNINGS.iter().filter_map(|clock| rest.find(clock)).min() {
        let (before, clock) = rest.split_at(at);
        pieces.push(before);
        rest = clock.find("</").map_or("", |end| &clock[end..]);
    }
    pieces.push(rest);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_texts_of_clocks_are_left_out() {
        let page = |relative: &str, elapsed: &str, text: &str| {
            format!(
                "<b><span data-relative>{relative}</span><i data-elapsed=\"{elapsed}\">{elapsed}</i>{text}</b>"
            )
        };
        let now = page("just now", "7", "running");
        assert_eq!(without_clocks(&now), without_clocks(&page("1 minute ago", "60000", "running")));
        assert_ne!(without_clocks(&now), without_clocks(&page("just now", "7", "done")));
        assert_eq!(without_clocks("plain"), ["plain"]);
    }
}
