//! The cost of one function for its compiler.

use wasmparser::{BlockType, Catch, FunctionBody, Operator, Result};

use super::limits;
use super::module::{Module, Signature};
use crate::ports::Unfit;

/// Numbers of one function that a compiler's work grows with.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct FunctionWeight {
    /// Bytes of its body.
    pub(super) bytes: u64,
    /// Blocks within each other, at the deepest place.
    pub(super) nesting: u64,
    /// Loops within each other, at the deepest place.
    pub(super) loops: u64,
    /// Blocks and targets of branches.
    pub(super) blocks: u64,
    /// Locals, parameters included, times blocks.
    pub(super) meetings: u64,
    /// Values that calls, blocks and branches pass.
    pub(super) values: u64,
}

impl FunctionWeight {
    /// Refuses a function that has too much of something.
    pub(super) fn check(&self, name: &str) -> Result<(), Unfit> {
        limits::LOOPS.check(self.loops, name)?;
        limits::NESTING.check(self.nesting, name)?;
        limits::BLOCKS.check(self.blocks, name)?;
        limits::MEETINGS.check(self.meetings, name)?;
        limits::VALUES.check(self.values, name)
    }

    /// Becomes the larger of both, number by number.
    pub(super) fn widen(&mut self, other: Self) {
        self.bytes = self.bytes.max(other.bytes);
        self.nesting = self.nesting.max(other.nesting);
        self.loops = self.loops.max(other.loops);
        self.blocks = self.blocks.max(other.blocks);
        self.meetings = self.meetings.max(other.meetings);
        self.values = self.values.max(other.values);
    }
}

/// Weighs the function of this index.
pub(super) fn weigh(body: &FunctionBody<'_>, module: &Module, index: u32) -> Result<FunctionWeight> {
    let own = module.function(index);
    let mut locals = own.params;
    for group in body.get_locals_reader()? {
        locals = locals.saturating_add(u64::from(group?.0));
    }
    let mut walk = Walk { module, frames: Vec::new(), loops: 0, weight: FunctionWeight::default() };
    walk.enter(own, false);
    for operator in body.get_operators_reader()? {
        walk.pass(&operator?)?;
    }
    let meetings = locals.saturating_mul(walk.weight.blocks);
    Ok(FunctionWeight { bytes: body.as_bytes().len() as u64, meetings, ..walk.weight })
}

/// A block that is open.
#[derive(Clone, Copy)]
struct Frame {
    /// Values that a branch to it passes.
    arity: u64,
    is_loop: bool,
}

struct Walk<'a> {
    module: &'a Module,
    frames: Vec<Frame>,
    /// Number of frames that are loops.
    loops: u64,
    weight: FunctionWeight,
}

impl Walk<'_> {
    fn pass(&mut self, operator: &Operator<'_>) -> Result<()> {
        match operator {
            Operator::Block { blockty } | Operator::If { blockty } => self.enter(self.block(*blockty), false),
            Operator::Loop { blockty } => self.enter(self.block(*blockty), true),
            Operator::TryTable { try_table } => {
                // Its labels count from outside of it.
                try_table.catches.iter().for_each(|catch| self.branch(label(catch)));
                self.enter(self.block(try_table.ty), false);
            }
            Operator::Else => self.weight.blocks += 1,
            Operator::End => self.leave(),
            Operator::Br { relative_depth }
            | Operator::BrIf { relative_depth }
            | Operator::BrOnNull { relative_depth }
            | Operator::BrOnNonNull { relative_depth }
            | Operator::BrOnCast { relative_depth, .. }
            | Operator::BrOnCastFail { relative_depth, .. } => self.branch(*relative_depth),
            Operator::Return => self.branch_to(self.frames.first().copied()),
            Operator::BrTable { targets } => {
                self.branch(targets.default());
                for target in targets.targets() {
                    self.branch(target?);
                }
            }
            _ => self.weight.values += self.values(operator),
        }
        Ok(())
    }

    /// Number of values that an instruction passes that neither is a block nor leads to one. That of most has a bound.
    fn values(&self, operator: &Operator<'_>) -> u64 {
        let of = match operator {
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                self.module.function(*function_index)
            }
            Operator::CallIndirect { type_index, .. }
            | Operator::ReturnCallIndirect { type_index, .. }
            | Operator::CallRef { type_index }
            | Operator::ReturnCallRef { type_index } => self.module.signature(*type_index),
            Operator::StructNew { struct_type_index } => self.module.signature(*struct_type_index),
            Operator::ArrayNewFixed { array_size, .. } => return u64::from(*array_size),
            _ => return 0,
        };
        of.params + of.results
    }

    fn block(&self, of: BlockType) -> Signature {
        match of {
            BlockType::Empty => Signature::default(),
            BlockType::Type(_) => Signature { params: 0, results: 1 },
            BlockType::FuncType(of) => self.module.signature(of),
        }
    }

    fn enter(&mut self, of: Signature, is_loop: bool) {
        let arity = if is_loop { of.params } else { of.results };
        self.frames.push(Frame { arity, is_loop });
        self.loops += u64::from(is_loop);
        self.weight.blocks += 1;
        self.weight.values += of.params + of.results;
        self.weight.nesting = self.weight.nesting.max(self.frames.len() as u64);
        self.weight.loops = self.weight.loops.max(self.loops);
    }

    fn leave(&mut self) {
        let left = self.frames.pop();
        self.loops -= u64::from(left.is_some_and(|frame| frame.is_loop));
    }

    fn branch(&mut self, depth: u32) {
        let place = self.frames.len().checked_sub(depth as usize + 1);
        self.branch_to(place.and_then(|place| self.frames.get(place)).copied());
    }

    /// A branch to this block. One to nowhere passes nothing: the compiler refuses it.
    fn branch_to(&mut self, target: Option<Frame>) {
        self.weight.values += target.map_or(0, |frame| frame.arity);
        self.weight.blocks += 1;
    }
}

/// Which block an exception leads to.
fn label(catch: &Catch) -> u32 {
    match catch {
        Catch::One { label, .. }
        | Catch::OneRef { label, .. }
        | Catch::All { label }
        | Catch::AllRef { label } => *label,
    }
}
