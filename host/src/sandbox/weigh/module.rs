//! What must be known of a module to weigh its functions: how many values each call and each block passes.

use wasmparser::{CompositeInnerType, DataKind, Payload, Result, TypeRef};

/// Number of values that a function, a block or the making of a struct takes and gives.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signature {
    pub(super) params: u64,
    pub(super) results: u64,
}

/// The types of a module and of its functions. Of a component it stays empty.
#[derive(Debug, Default)]
pub(super) struct Module {
    types: Vec<Signature>,
    /// The type of each function, imported ones first.
    functions: Vec<u32>,
    /// Functions that have no body here.
    imported: usize,
    /// Bodies that were read.
    bodies: usize,
}

impl Module {
    /// Takes in what a section declares.
    pub(super) fn take(&mut self, payload: Payload<'_>) -> Result<()> {
        match payload {
            Payload::TypeSection(types) => {
                for group in types {
                    self.types.extend(group?.types().map(|of| signature(&of.composite_type.inner)));
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    if let TypeRef::Func(of) | TypeRef::FuncExact(of) = import?.ty {
                        self.functions.push(of);
                    }
                }
                self.imported = self.functions.len();
            }
            Payload::FunctionSection(functions) => {
                for of in functions {
                    self.functions.push(of?);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The index of the function whose body comes next.
    pub(super) fn next_body(&mut self) -> u32 {
        let index = self.imported + self.bodies;
        self.bodies += 1;
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    /// The signature of this type. What does not exist passes nothing: the compiler refuses it.
    pub(super) fn signature(&self, of: u32) -> Signature {
        self.types.get(of as usize).copied().unwrap_or_default()
    }

    /// The signature of this function.
    pub(super) fn function(&self, index: u32) -> Signature {
        self.functions.get(index as usize).map(|of| self.signature(*of)).unwrap_or_default()
    }
}

fn signature(of: &CompositeInnerType) -> Signature {
    match of {
        CompositeInnerType::Func(of) => {
            Signature { params: of.params().len() as u64, results: of.results().len() as u64 }
        }
        // Made from the values of all its fields.
        CompositeInnerType::Struct(of) => Signature { params: of.fields.len() as u64, results: 0 },
        _ => Signature::default(),
    }
}

/// Number of entries of a section, code and custom sections aside.
pub(super) fn entries(payload: &Payload<'_>) -> u64 {
    let count = match payload {
        Payload::TypeSection(section) => section.count(),
        Payload::ImportSection(section) => section.count(),
        Payload::TableSection(section) => section.count(),
        Payload::MemorySection(section) => section.count(),
        Payload::TagSection(section) => section.count(),
        Payload::GlobalSection(section) => section.count(),
        Payload::ExportSection(section) => section.count(),
        Payload::ElementSection(section) => section.count(),
        Payload::DataSection(section) => section.count(),
        Payload::InstanceSection(section) => section.count(),
        Payload::CoreTypeSection(section) => section.count(),
        Payload::ComponentInstanceSection(section) => section.count(),
        Payload::ComponentAliasSection(section) => section.count(),
        Payload::ComponentTypeSection(section) => section.count(),
        Payload::ComponentCanonicalSection(section) => section.count(),
        Payload::ComponentImportSection(section) => section.count(),
        Payload::ComponentExportSection(section) => section.count(),
        _ => 0,
    };
    u64::from(count)
}

/// Bytes of a section that are written to a memory when an instance is made. Passive data is written by the code.
pub(super) fn data(payload: &Payload<'_>) -> Result<u64> {
    let Payload::DataSection(segments) = payload else { return Ok(0) };
    let mut bytes = 0;
    for segment in segments.clone() {
        let segment = segment?;
        if let DataKind::Active { .. } = segment.kind {
            bytes += segment.data.len() as u64;
        }
    }
    Ok(bytes)
}
