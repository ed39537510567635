//! JSON, indented for people.

/// The same JSON with a line for every value. Numbers keep their digits and objects their order. The text must
/// be JSON.
pub(super) fn pretty(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut chars = json.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' => {
                out.push(char);
                push_string(&mut out, &mut chars);
            }
            '{' | '[' => {
                out.push(char);
                while chars.next_if(|char| char.is_ascii_whitespace()).is_some() {}
                match chars.next_if(|char| matches!(char, '}' | ']')) {
                    Some(end) => out.push(end),
                    None => {
                        depth += 1;
                        push_line_end(&mut out, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                push_line_end(&mut out, depth);
                out.push(char);
            }
            ',' => {
                out.push(char);
                push_line_end(&mut out, depth);
            }
            ':' => out.push_str(": "),
            char if char.is_ascii_whitespace() => {}
            char => out.push(char),
        }
    }
    out
}

/// Copies the rest of a string, whose first quote was read.
fn push_string(out: &mut String, chars: &mut impl Iterator<Item = char>) {
    while let Some(char) = chars.next() {
        out.push(char);
        match char {
            '"' => return,
            '\\' => out.extend(chars.next()),
            _ => {}
        }
    }
}

fn push_line_end(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn it_is_indented_as_usual_and_its_values_stay() {
        let json = r#"{ "b":[1.50,123456789012345678901234 , {}],"a":{"c\"{,":"x:[\\"},"e":[ ] }"#;
        let expected = [
            "{",
            "  \"b\": [",
            "    1.50,",
            "    123456789012345678901234,",
            "    {}",
            "  ],",
            "  \"a\": {",
            "    \"c\\\"{,\": \"x:[\\\\\"",
            "  },",
            "  \"e\": []",
            "}",
        ];
        assert_eq!(pretty(json), expected.join("\n"));
        assert_eq!(pretty(&pretty(json)), pretty(json));
    }
}
