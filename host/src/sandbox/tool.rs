//! The tool that built a component, as far as it shows, and the line by which it builds one that fits.

use wasmparser::{Instance, InstanceSectionReader, Result};

/// A tool that builds components.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tool {
    /// For Python.
    ComponentizePy,
    /// For JavaScript.
    ComponentizeQjs,
    /// Cargo, or one that leaves no trace.
    #[default]
    Cargo,
}

impl Tool {
    /// The line that builds a component for WASI 0.2, without asynchronous functions.
    pub(super) fn build_line(self) -> &'static str {
        match self {
            Self::ComponentizePy => {
                "componentize-py -d wit -w taskbox:guest/plugin componentize app -o app.wasm"
            }
            Self::ComponentizeQjs => "componentize-qjs --sync --wit wit --js app.js -o app.wasm",
            Self::Cargo => "cargo build --release --target wasm32-wasip2",
        }
    }

    /// What this section says of the tool: those that link an interpreter name its library.
    pub(super) fn trace(instances: InstanceSectionReader<'_>) -> Result<Option<Self>> {
        for instance in instances {
            let found = match instance? {
                Instance::Instantiate { args, .. } => {
                    args.iter().find_map(|argument| Self::of(argument.name))
                }
                Instance::FromExports(exports) => exports.iter().find_map(|export| Self::of(export.name)),
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn of(name: &str) -> Option<Self> {
        if name.contains("componentize_py_runtime") {
            Some(Self::ComponentizePy)
        } else if name.contains("componentize_qjs_runtime") {
            Some(Self::ComponentizeQjs)
        } else {
            None
        }
    }
}
