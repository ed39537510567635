//! Finds what of the component model is asynchronous, which this host's engine does not run.

use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentType, InstanceTypeDeclaration, Result, SectionLimited,
};

/// Whether a section of types has an asynchronous function.
pub(super) fn in_types<'a>(types: SectionLimited<'a, ComponentType<'a>>) -> Result<bool> {
    for found in types {
        if is_asynchronous(&found?) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_asynchronous(found: &ComponentType<'_>) -> bool {
    match found {
        ComponentType::Func(function) => function.async_,
        ComponentType::Instance(declarations) => declarations.iter().any(|declaration| match declaration {
            InstanceTypeDeclaration::Type(ComponentType::Func(function)) => function.async_,
            _ => false,
        }),
        _ => false,
    }
}

/// Whether a section of canonical functions lifts or lowers one as asynchronous, or handles tasks, streams or futures.
pub(super) fn in_canonicals(functions: SectionLimited<'_, CanonicalFunction>) -> Result<bool> {
    for function in functions {
        let is_asynchronous = match function? {
            CanonicalFunction::Lift { options, .. } | CanonicalFunction::Lower { options, .. } => {
                options.contains(&CanonicalOption::Async)
            }
            CanonicalFunction::ResourceNew { .. }
            | CanonicalFunction::ResourceDrop { .. }
            | CanonicalFunction::ResourceRep { .. } => false,
            _ => true,
        };
        if is_asynchronous {
            return Ok(true);
        }
    }
    Ok(false)
}
