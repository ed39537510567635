//! What a component would cost its compiler, counted before anything is compiled.
//!
//! A compiler's work grows with the size of what it compiles, and for some shapes faster: a small file can
//! keep it busy for minutes. Counting is linear in the bytes, so such a file is refused at once, by the name
//! of what is too much. For all that passes, the limits of the process that compiles hold (see `compiler`).

mod function;
mod limits;
mod module;

use wasmparser::{FunctionBody, Parser, Payload};

use self::function::FunctionWeight;
use self::module::Module;
use super::fit::malformed;
use crate::domain::ByteSize;
use crate::ports::Unfit;

/// What was counted over a whole component, all that is nested in it included.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weight {
    /// Modules and components, the outermost included.
    modules: u64,
    /// Functions with a body.
    functions: u64,
    /// Entries of all other sections: types, imports, exports, globals, segments and so on.
    entries: u64,
    /// Bytes of initial data, which are written to the memories of each new instance.
    pub(super) data: u64,
    /// Of each number the most that one function has.
    heaviest: FunctionWeight,
}

/// Counts a component, and refuses it at the first number that is too large.
pub(super) fn check(component: &[u8]) -> Result<Weight, Unfit> {
    let mut scale = Scale::default();
    for payload in Parser::new(0).parse_all(component) {
        scale.take(payload.map_err(|error| malformed(&error))?)?;
    }
    Ok(scale.weight)
}

/// The initial data of a component that [`check`] let pass, counted the same way: quick, for it passes over the code.
/// What cannot be read has none; its compiler says what is wrong with it.
pub(super) fn initial_data(component: &[u8]) -> ByteSize {
    let payloads = Parser::new(0).parse_all(component).map_while(Result::ok);
    ByteSize(payloads.map(|payload| module::data(&payload).unwrap_or(0)).sum())
}

#[derive(Default)]
struct Scale {
    weight: Weight,
    /// The modules and components that are being read, each within the one before it.
    open: Vec<Module>,
}

impl Scale {
    fn take(&mut self, payload: Payload<'_>) -> Result<(), Unfit> {
        match payload {
            Payload::Version { .. } => self.enter(),
            Payload::End(_) => {
                self.open.pop();
                Ok(())
            }
            Payload::CodeSectionStart { count, .. } => {
                self.weight.functions += u64::from(count);
                limits::FUNCTIONS.check(self.weight.functions, "the component")
            }
            Payload::CodeSectionEntry(body) => self.weigh(&body),
            payload => {
                self.weight.entries += module::entries(&payload);
                limits::ENTRIES.check(self.weight.entries, "the component")?;
                self.weight.data += module::data(&payload).map_err(|error| malformed(&error))?;
                let Some(module) = self.open.last_mut() else { return Ok(()) };
                module.take(payload).map_err(|error| malformed(&error))
            }
        }
    }

    fn enter(&mut self) -> Result<(), Unfit> {
        self.weight.modules += 1;
        limits::MODULES.check(self.weight.modules, "the component")?;
        self.open.push(Module::default());
        limits::DEPTH.check(self.open.len() as u64, "the component")
    }

    fn weigh(&mut self, body: &FunctionBody<'_>) -> Result<(), Unfit> {
        let Some(module) = self.open.last_mut() else { return Ok(()) };
        let index = module.next_body();
        let name = format!("function {index} of a module");
        limits::FUNCTION_BYTES.check(body.as_bytes().len() as u64, &name)?;
        let weight = function::weigh(body, module, index).map_err(|error| malformed(&error))?;
        weight.check(&name)?;
        self.weight.heaviest.widen(weight);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
