//! The content security policy of an app's pages, with the remote services that they may call.
//!
//! The policy stands in `tauri.conf.json`; the services in the backend. They meet before the app
//! is built, since Tauri sends the policy with every page from then on.

use tauri::{
    Context, Runtime,
    utils::config::{Csp, CspDirectiveSources},
};

use crate::{Backend, RemoteService};

/// Lets the pages of an app reach the remote services of its backend.
///
/// [`Host`](crate::Host) does so by itself. An app with a `tauri::Builder` of its own calls it
/// with the context that it builds its app from; without a policy there is nothing to do.
///
/// ```no_run
/// # fn run(mut context: tauri::Context<tauri::Wry>) -> Result<(), Box<dyn std::error::Error>> {
/// let backend = twinbridge::Backend::builder()
///     .remote_service("models", "https://models.example.com/rpc")
///     .build()?;
/// twinbridge::admit_remote_services(&backend, &mut context);
/// tauri::Builder::default().plugin(twinbridge::plugin(backend)).run(context)?;
/// # Ok(())
/// # }
/// ```
pub fn admit_remote_services<R: Runtime>(backend: &Backend, context: &mut Context<R>) {
    let security = &mut context.config_mut().app.security;
    for policy in [&mut security.csp, &mut security.dev_csp]
        .into_iter()
        .flatten()
    {
        admit(policy, backend.remote_services());
    }
}

fn admit(policy: &mut Csp, services: &[RemoteService]) {
    if services.is_empty() {
        return;
    }
    let mut directives: std::collections::HashMap<String, CspDirectiveSources> =
        policy.clone().into();
    // Without a line of its own, connecting is ruled by the default one.
    let ruling = ["connect-src", "default-src"];
    let Some(rule) = ruling.iter().find_map(|name| directives.get(*name)) else {
        return;
    };
    let mut sources: Vec<String> = rule.clone().into();
    sources.retain(|source| source != "'none'");
    for service in services {
        let origin = service.origin();
        if !sources.contains(&origin) {
            sources.push(origin);
        }
    }
    directives.insert("connect-src".to_owned(), CspDirectiveSources::List(sources));
    *policy = Csp::DirectiveMap(directives);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(policy: &str) -> Vec<String> {
        let mut policy = Csp::Policy(policy.to_owned());
        let services = [
            RemoteService::new("models", "https://models.example.com/rpc").unwrap(),
            RemoteService::new("tiles", "https://models.example.com/tiles").unwrap(),
        ];
        admit(&mut policy, &services);
        let text = policy.to_string();
        let mut directives: Vec<_> = text.split(';').map(|line| line.trim().to_owned()).collect();
        directives.sort_unstable();
        directives.retain(|line| !line.is_empty());
        directives
    }

    #[test]
    fn pages_may_connect_to_the_services_and_do_nothing_else_with_them() {
        assert_eq!(
            admitted("default-src 'self'; connect-src 'self' twinbridge:"),
            [
                "connect-src 'self' twinbridge: https://models.example.com",
                "default-src 'self'"
            ]
        );
    }

    #[test]
    fn a_policy_that_rules_connecting_by_default_gets_a_line_of_its_own() {
        assert_eq!(
            admitted("default-src 'none'"),
            [
                "connect-src https://models.example.com",
                "default-src 'none'"
            ]
        );
    }

    #[test]
    fn a_policy_that_does_not_rule_connecting_stays_as_it_is() {
        assert_eq!(admitted("script-src 'self'"), ["script-src 'self'"]);
    }
}
