//! The upload check on the bytes themselves: whether they are a component at all, and which interfaces
//! it has. It compiles nothing, so that what cannot fit is refused at once.

use std::ops::Range;

use wasmparser::{Chunk, Encoding, Parser, Payload};
use wasmtime::{Engine, Precompiled};

use super::asynchrony;
use super::tool::Tool;
use crate::domain::ByteSize;
use crate::ports::Unfit;

/// The first bytes of every WebAssembly binary.
const MAGIC: &[u8] = b"\0asm";

/// Levels of nested components that are looked into.
const NESTING_MAX: u32 = 4;

/// How to build what fits, in one line.
pub(super) const HOW_TO_BUILD: &str = "upload a WebAssembly component, in Rust the .wasm file that \
     `cargo build --release --target wasm32-wasip2` leaves under target/wasm32-wasip2/release";

/// The interfaces of a component, by name and version, and what else shows without compiling it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Surface {
    pub(super) imports: Vec<String>,
    pub(super) exports: Vec<String>,
    pub(super) is_asynchronous: bool,
    pub(super) tool: Tool,
}

pub(super) fn unfit(reason: impl Into<String>, advice: impl Into<String>) -> Unfit {
    Unfit { reason: reason.into(), advice: advice.into() }
}

/// The surface of a component, or why these bytes are none.
pub(super) fn look(bytes: &[u8], bytes_max: ByteSize) -> Result<Surface, Unfit> {
    if bytes.len() > bytes_max.as_usize() {
        return Err(too_large(bytes.len(), bytes_max));
    }
    if let Some(kind) = Engine::detect_precompiled(bytes) {
        return Err(precompiled(kind));
    }
    if !bytes.starts_with(MAGIC) {
        return Err(not_wasm(bytes));
    }
    surface(bytes)
}

fn too_large(bytes: usize, max: ByteSize) -> Unfit {
    unfit(
        format!("the component has {bytes} bytes, more than the {max} that this host takes"),
        "build it in release mode and strip its debug information",
    )
}

fn precompiled(kind: Precompiled) -> Unfit {
    let what = match kind {
        Precompiled::Module => "a module",
        Precompiled::Component => "a component",
    };
    unfit(
        format!("this is {what} that was already compiled to machine code, which no sandbox can check"),
        "upload the component itself; the host compiles it and keeps the machine code",
    )
}

fn not_wasm(bytes: &[u8]) -> Unfit {
    if bytes.is_empty() {
        return unfit("the upload is empty", HOW_TO_BUILD);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if text.trim_start().starts_with('(') => unfit(
            "this is WebAssembly as text, not as binary",
            "turn it into a binary with `wasm-tools parse`, and upload that",
        ),
        Ok(_) => unfit("this is a text, not a WebAssembly component", HOW_TO_BUILD),
        Err(_) => unfit("this is not WebAssembly: it does not begin with \"\\0asm\"", HOW_TO_BUILD),
    }
}

/// Reads the outermost level of a component; what is nested in it is passed over, but for its tool and its asynchrony.
fn surface(bytes: &[u8]) -> Result<Surface, Unfit> {
    let mut parser = Parser::new(0);
    let mut surface = Surface::default();
    let mut at = 0;
    loop {
        // Not told that this is the end, the parser tells "cut off" from "wrong".
        let parsed = parser.parse(&bytes[at..], false).map_err(|error| malformed(&error))?;
        let Chunk::Parsed { consumed, payload } = parsed else {
            // Between two sections is where a component may end.
            return if at == bytes.len() { Ok(surface) } else { Err(truncated(bytes.len())) };
        };
        at += consumed;
        match payload {
            Payload::ModuleSection { unchecked_range: range, .. } => at = end_of(&range, bytes)?,
            Payload::ComponentSection { unchecked_range: range, .. } => {
                at = end_of(&range, bytes)?;
                surface.look_into(&bytes[range], NESTING_MAX).map_err(|error| malformed(&error))?;
            }
            Payload::Version { encoding: Encoding::Module, .. } => return Err(core_module()),
            payload => surface.take(payload).map_err(|error| malformed(&error))?,
        }
    }
}

/// Where a nested part ends, if it does.
fn end_of(range: &Range<usize>, bytes: &[u8]) -> Result<usize, Unfit> {
    if range.end > bytes.len() { Err(truncated(bytes.len())) } else { Ok(range.end) }
}

impl Surface {
    /// Takes a section of the outermost level in.
    fn take(&mut self, payload: Payload<'_>) -> wasmparser::Result<()> {
        match payload {
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    self.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    self.exports.push(export?.name.name.to_owned());
                }
            }
            payload => self.take_build(payload)?,
        }
        Ok(())
    }

    /// Takes in how it was built, from a section of any level.
    fn take_build(&mut self, payload: Payload<'_>) -> wasmparser::Result<()> {
        match payload {
            Payload::ComponentTypeSection(types) => self.is_asynchronous |= asynchrony::in_types(types)?,
            Payload::ComponentCanonicalSection(functions) => {
                self.is_asynchronous |= asynchrony::in_canonicals(functions)?;
            }
            Payload::InstanceSection(instances) => self.tool = Tool::trace(instances)?.unwrap_or(self.tool),
            _ => {}
        }
        Ok(())
    }

    /// Looks into a nested component, and so many levels below it. Tools that compose wrap what they built. That it is cut
    /// off is found when it is compiled.
    fn look_into(&mut self, component: &[u8], levels: u32) -> wasmparser::Result<()> {
        let mut parser = Parser::new(0);
        let mut at = 0;
        while let Some(rest) = component.get(at..).filter(|rest| !rest.is_empty()) {
            let Chunk::Parsed { consumed, payload } = parser.parse(rest, false)? else { break };
            at += consumed;
            match payload {
                Payload::ModuleSection { unchecked_range: range, .. } => at = range.end,
                Payload::ComponentSection { unchecked_range: range, .. } => {
                    at = range.end;
                    if let (Some(levels), Some(inner)) = (levels.checked_sub(1), component.get(range)) {
                        self.look_into(inner, levels)?;
                    }
                }
                payload => self.take_build(payload)?,
            }
        }
        Ok(())
    }
}

fn core_module() -> Unfit {
    unfit(
        "this is a core WebAssembly module, not a component",
        "build with `cargo build --release --target wasm32-wasip2` (not wasm32-unknown-unknown or \
         wasm32-wasip1), or wrap the module with `wasm-tools component new`",
    )
}

fn truncated(bytes: usize) -> Unfit {
    unfit(
        format!("the component is cut off after {bytes} bytes"),
        "upload the whole file again; curl needs --data-binary, not --data",
    )
}

pub(super) fn malformed(error: &dyn std::fmt::Display) -> Unfit {
    unfit(format!("this is not a valid component: {error}"), HOW_TO_BUILD)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;

    /// A component with nothing in it.
    const EMPTY_COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

    fn reason(bytes: &[u8]) -> String {
        look(bytes, ByteSize(100)).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_component_is_refused_by_what_it_is() {
        assert!(reason(b"").contains("empty"));
        assert!(reason(b"fn main() {}").contains("a text"));
        assert!(reason(b" (component)").contains("wasm-tools parse"));
        assert!(reason(b"\xff\xfe\x00").contains("does not begin"));
        assert!(reason(b"\0asm\x01\0\0\0").contains("core WebAssembly module"));
        assert!(reason(&[0; 101]).contains("more than the 100B"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_component_or_are_refused_with_advice(
            tail in prop::collection::vec(any::<u8>(), 0..200),
            // Sections of a component with their sizes, so that more than the first byte is looked at.
            sections in prop::collection::vec((0..13_u8, prop::collection::vec(any::<u8>(), 0..40)), 0..4),
            cut in any::<Index>(),
        ) {
            let sections = sections.into_iter().flat_map(|(id, body)| [vec![id, body.len() as u8], body].concat());
            let mut bytes: Vec<u8> = EMPTY_COMPONENT.iter().copied().chain(sections).chain(tail).collect();
            bytes.truncate(cut.index(bytes.len() + 1));
            if let Err(unfit) = look(&bytes, ByteSize::kib(1)) {
                prop_assert!(!unfit.reason.is_empty() && !unfit.advice.is_empty());
            }
        }
    }

    #[test]
    fn a_component_is_cut_off_wherever_it_is_not_between_two_sections() {
        let mut bytes = EMPTY_COMPONENT.to_vec();
        assert_eq!(look(&bytes, ByteSize(100)), Ok(Surface::default()));
        // The begin of a custom section of ten bytes.
        bytes.extend([0, 10, 1, b'x']);
        for end in (1..bytes.len() + 1).filter(|end| *end != EMPTY_COMPONENT.len()).skip(3) {
            assert!(reason(&bytes[..end]).contains("cut off after"), "{end}");
        }
    }
}
