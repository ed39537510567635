//! The code that the attribute adds to a function.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, ItemFn, Lit, Meta, Path, parse_quote};

use crate::arguments::{Arguments, DESCRIPTION_BYTES_MAX, is_name};

const SHAPE: &str = "a task is a function of a job and an input: \
     `fn greet(job: &Job, input: Input) -> Result<Output, TaskError>`";

/// The function as it is, and beside it an empty type of the same name that implements `TaskFn`. Types and functions have
/// separate names in Rust, so that `use` and `plugin!` take both with one path.
pub(crate) fn expand(arguments: TokenStream, function: TokenStream) -> syn::Result<TokenStream> {
    let arguments = Arguments::parse(arguments)?;
    let function: ItemFn =
        syn::parse2(function).map_err(|error| syn::Error::new(error.span(), format!("{SHAPE} ({error})")))?;
    check_shape(&function)?;
    let home = arguments.home.clone().unwrap_or_else(|| parse_quote! { ::taskbox_task });
    let task = task(&home, &arguments, &function)?;
    let (visibility, ident) = (&function.vis, &function.sig.ident);
    let conditions: Vec<_> = function.attrs.iter().filter(|one| one.path().is_ident("cfg")).collect();
    let generated = quote_spanned! { ident.span() =>
        #(#conditions)*
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        #[derive(Debug)]
        #visibility struct #ident {}

        #(#conditions)*
        impl #home::TaskFn for #ident {
            fn task() -> #home::Task {
                #task
            }
        }
    };
    Ok(quote! { #function #generated })
}

fn check_shape(function: &ItemFn) -> syn::Result<()> {
    let signature = &function.sig;
    let refuse = |span, why: &str| Err(syn::Error::new(span, format!("{why}: {SHAPE}")));
    if let Some(token) = &signature.asyncness {
        return refuse(token.span(), "a task is not async, because its sandbox runs nothing else");
    }
    if signature.generics.type_params().next().is_some() || signature.generics.const_params().next().is_some()
    {
        return refuse(signature.generics.span(), "a task has no generic parameters");
    }
    if let Some(receiver) = signature.receiver() {
        return refuse(receiver.span(), "a task is not a method");
    }
    if signature.inputs.len() != 2 {
        return refuse(signature.ident.span(), "there are too few or too many parameters");
    }
    Ok(())
}

fn task(home: &Path, arguments: &Arguments, function: &ItemFn) -> syn::Result<TokenStream> {
    let ident = &function.sig.ident;
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => name_of(ident)?,
    };
    let description = arguments.description.clone().or_else(|| first_paragraph(&function.attrs));
    let description = description.map(|text| quote! { .description(#text) });
    let max_attempts = arguments.max_attempts.map(|attempts| quote! { .max_attempts(#attempts) });
    let timeout = arguments.timeout.map(|timeout| {
        // What was parsed from a u64 fits into one.
        let ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        quote! { .timeout(::std::time::Duration::from_millis(#ms)) }
    });
    let queue = arguments.queue.as_ref().map(|queue| quote! { .queue(#queue) });
    let new = if arguments.without_schemas {
        quote! { without_schemas }
    } else {
        quote! { new }
    };
    Ok(quote! { #home::Task::#new(#name, #ident) #description #max_attempts #timeout #queue })
}

fn name_of(ident: &syn::Ident) -> syn::Result<String> {
    let text = ident.to_string();
    let name = text.strip_prefix("r#").unwrap_or(&text).replace('_', "-");
    if is_name(&name) {
        return Ok(name);
    }
    let why = format!("{name:?} is not the name of a task; give it one: `#[task(name = \"..\")]`");
    Err(syn::Error::new(ident.span(), why))
}

/// The first paragraph of a doc comment, on one line, as much of it as a description may have.
fn first_paragraph(attributes: &[Attribute]) -> Option<String> {
    let lines = attributes.iter().filter_map(doc_text).flat_map(|text| lines_of(&text));
    let lines = lines.skip_while(String::is_empty).take_while(|line| !line.is_empty());
    let mut text = lines.collect::<Vec<_>>().join(" ");
    text.truncate(text.floor_char_boundary(DESCRIPTION_BYTES_MAX));
    (!text.is_empty()).then_some(text)
}

/// The lines of a doc comment, without the stars of a block comment.
fn lines_of(text: &str) -> Vec<String> {
    let is_block = text.contains('\n');
    let line = |line: &str| {
        let line = line.trim();
        let line = if is_block { line.trim_start_matches('*').trim() } else { line };
        line.to_owned()
    };
    text.split('\n').map(line).collect()
}

fn doc_text(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREET: &str = "/// Greets a person\n/// by name.\n///\n/// Politely.\nfn greet_all(job: &Job, input: Input) -> Result<Output, TaskError> { todo() }";

    fn expanded(arguments: &str, function: &str) -> Result<String, String> {
        let tokens = |text: &str| text.parse::<TokenStream>().expect("tokens");
        let expanded = expand(tokens(arguments), tokens(function));
        expanded.map(|tokens| tokens.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn name_and_description_come_from_the_function() {
        let code = expanded("", GREET).expect("a task");
        assert!(code.contains(r#"Task :: new ("greet-all" , greet_all)"#), "{code}");
        assert!(code.contains(r#". description ("Greets a person by name.")"#), "{code}");
        assert!(code.contains("struct greet_all { }"), "{code}");
        assert!(!code.contains("max_attempts") && !code.contains("timeout"), "{code}");
    }

    #[test]
    fn arguments_are_passed_on() {
        let arguments =
            r#"name = "hello", description = "Hi", max_attempts = 3, timeout = "2m", queue = "mail""#;
        let code = expanded(arguments, GREET).expect("a task");
        for part in [
            r#"new ("hello" , greet_all)"#,
            r#"description ("Hi")"#,
            "max_attempts (3u32)",
            "from_millis (120000u64)",
            r#"queue ("mail")"#,
        ] {
            assert!(code.contains(part), "{part}: {code}");
        }
    }

    #[test]
    fn what_no_host_takes_does_not_compile() {
        for (arguments, words) in [
            (r#"name = "Greet""#, "begins with a letter"),
            (r#"queue = """#, "1 to 64 characters"),
            ("max_attempts = 0", "1 to 1000"),
            ("max_attempts = 1001", "1 to 1000"),
            (r#"timeout = "30""#, "ms, s, m, h or d"),
            (r#"timeout = "1.5s""#, "ms, s, m, h or d"),
            (r#"timeout = "0s""#, "ms, s, m, h or d"),
            (r#"timeout = "169h""#, "at most 7d"),
            (r#"name = "a", name = "b""#, "given twice"),
            (r#"timeout = "99999999999999999999h""#, "ms, s, m, h or d"),
            (r#"retries = 3"#, "`max_attempts`"),
        ] {
            let error = expanded(arguments, GREET).expect_err(arguments);
            assert!(error.contains(words), "{arguments}: {error}");
        }
        let long = format!("description = {:?}", "x".repeat(1_001));
        assert!(expanded(&long, GREET).is_err());
    }

    #[test]
    fn another_shape_is_explained() {
        for (function, words) in [
            ("fn greet() {}", "too few"),
            ("fn greet(a: A, b: B, c: C) {}", "too many"),
            ("async fn greet(job: &Job, input: I) {}", "async"),
            ("fn greet<T>(job: &Job, input: T) {}", "generic"),
            ("fn greet(&self, input: I) {}", "not a method"),
            ("fn Größe(job: &Job, input: I) {}", "give it one"),
            ("struct Greet;", "a task is a function"),
        ] {
            let error = expanded("", function).expect_err(function);
            assert!(error.contains(words), "{function}: {error}");
        }
    }

    #[test]
    fn a_block_comment_is_a_doc_comment_too() {
        let code =
            expanded("", "/** Greets\n * a person.\n *\n * Politely. */ fn greet(job: &Job, input: I) {}");
        assert!(
            code.as_ref().is_ok_and(|code| code.contains(r#"description ("Greets a person.")"#)),
            "{code:?}"
        );
    }

    #[test]
    fn a_condition_holds_for_what_is_generated() {
        let code = expanded("", "#[cfg(unix)] fn greet<'a>(job: &'a Job, input: I) {}").expect("a task");
        assert_eq!(code.matches("cfg (unix)").count(), 3, "{code}");
    }

    #[test]
    fn the_crate_may_be_found_elsewhere() {
        let code = expanded("crate = my_kit::task, max_attempts = 2", GREET).expect("a task");
        assert!(code.contains("impl my_kit :: task :: TaskFn for greet_all"), "{code}");
        assert!(code.contains("my_kit :: task :: Task :: new ("), "{code}");
        assert!(!code.contains("taskbox_task"), "{code}");
        assert!(expanded("", GREET).expect("a task").contains(":: taskbox_task :: TaskFn"));
        assert!(expanded("crate = \"my_kit\"", GREET).is_err());
    }

    #[test]
    fn schemas_can_be_left_out() {
        let code = expanded("without_schemas", GREET).expect("a task");
        assert!(code.contains("Task :: without_schemas ("), "{code}");
    }

    #[test]
    fn a_long_doc_comment_is_cut_between_characters() {
        let function = format!("/// {}\nfn greet(job: &Job, input: I) {{}}", "é".repeat(600));
        let code = expanded("", &function).expect("a task");
        assert!(code.contains(&format!("\"{}\"", "é".repeat(500))), "{code}");
    }
}
