//! The grant that a component asks for: JSON in a custom section, of the component itself or of a module in it, where
//! a compiler puts what a program embeds.

use wasmparser::{Parser, Payload};

use super::fit::{malformed, unfit};
use crate::domain::{ByteSize, Grant};
use crate::ports::Unfit;

/// The name of the section.
const SECTION: &str = "taskbox:grant";

/// The largest grant.
const BYTES_MAX: ByteSize = ByteSize::kib(64);

/// The grant in the first such section, if there is one.
pub(super) fn read(component: &[u8]) -> Result<Option<Grant>, Unfit> {
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(|error| malformed(&error))? {
            Payload::CustomSection(section) if section.name() == SECTION => {
                return grant(section.data()).map(Some);
            }
            _ => {}
        }
    }
    Ok(None)
}

fn grant(json: &[u8]) -> Result<Grant, Unfit> {
    let wrong = |why: String| {
        unfit(
            format!("the custom section `{SECTION}` of the component is no grant: {why}"),
            "write into it what `PUT /v1/plugins/{name}/grant` takes, or leave it out",
        )
    };
    if json.len() > BYTES_MAX.as_usize() {
        return Err(wrong(format!("it has more than {BYTES_MAX}")));
    }
    let grant: Grant = serde_json::from_slice(json).map_err(|error| wrong(error.to_string()))?;
    match grant.problems().into_iter().next() {
        Some((pointer, problem)) => Err(wrong(format!("{pointer}: {problem}"))),
        None => Ok(grant),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
    const MODULE: &[u8] = b"\0asm\x01\0\0\0";

    fn section(id: u8, content: &[u8]) -> Vec<u8> {
        [&[id, content.len().try_into().unwrap()], content].concat()
    }

    fn custom(name: &str, data: &str) -> Vec<u8> {
        section(0, &[&[name.len() as u8], name.as_bytes(), data.as_bytes()].concat())
    }

    #[test]
    fn it_is_found_in_the_component_and_in_its_modules() {
        let json = r#"{"submit":["mail.*"]}"#;
        let wanted = serde_json::from_str(json).unwrap();
        let own = [COMPONENT, &custom("name", ""), &custom(SECTION, json)].concat();
        assert_eq!(read(&own), Ok(Some(wanted)));
        let module = [MODULE, &custom(SECTION, json)].concat();
        assert_eq!(read(&[COMPONENT, &section(1, &module)].concat()), read(&own));
        assert_eq!(read(COMPONENT), Ok(None));
    }

    #[test]
    fn what_is_no_grant_is_refused_by_its_fault() {
        let reason =
            |json: &str| read(&[COMPONENT, &custom(SECTION, json)].concat()).unwrap_err().to_string();
        assert!(reason("{").contains("`taskbox:grant` of the component is no grant: EOF"), "{}", reason("{"));
        assert!(reason(r#"{"host":[]}"#).contains("unknown field `host`"));
        assert!(reason(r#"{"hosts":[{"url":"a"}]}"#).contains("/hosts/0/url: \"a\" is not scheme"));
    }
}
