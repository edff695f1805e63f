//! The list of RPC interfaces: what the backend exposes, how it is reached, and whether it fits.
//!
//! Within a session each has a channel of its own, by which its description is found; the list of
//! IPC interfaces leaves those channels out.

use leptos::prelude::*;

use crate::{
    app::current,
    connection::{Connection, Stage},
    interface_list::{NO_CONNECTION, NONE_PASSES, Standing, filtered, method_links},
    route::Route,
    services::ExposedInterface,
};

/// Where the channels of RPC interfaces begin.
pub(crate) const CHANNEL: &str = "rpc/";

/// What tells of them.
pub(crate) const CONTROL: &str = "rpc-control";

/// The channel of an RPC interface, by its name.
pub(crate) fn channel(name: &str) -> String {
    format!("{CHANNEL}{name}")
}

/// Whether a channel is for RPC.
pub(crate) fn is_rpc(channel: &str) -> bool {
    channel == CONTROL || channel.starts_with(CHANNEL)
}

/// Name and standing of the RPC interface of this channel; `None` for other channels.
pub(crate) fn standing_of(channel: &str, connection: Connection) -> Option<(String, Standing)> {
    let name = channel.strip_prefix(CHANNEL)?;
    let services = connection.services.read();
    let mut exposed = services.iter().flatten();
    let service = exposed.find(|service| service.name == name)?;
    Some((name.to_owned(), standing(service)))
}

/// What people call the interface of a channel.
pub(crate) fn plain_name(channel: &str) -> &str {
    channel.strip_prefix(CHANNEL).unwrap_or(channel)
}

/// Where the interface of a channel is shown.
pub(crate) fn interface_route(channel: &str) -> Route {
    match channel.strip_prefix(CHANNEL) {
        Some(name) => Route::Service(name.to_owned()),
        None => Route::Interface(channel.to_owned()),
    }
}

/// Where the method of a channel is called: an operation where the channel is for RPC.
pub(crate) fn method_route(channel: &str, method: &str) -> Route {
    match channel.strip_prefix(CHANNEL) {
        Some(name) => Route::Operation(name.to_owned(), method.to_owned()),
        None => Route::Method(channel.to_owned(), method.to_owned()),
    }
}

pub(crate) fn service_list(
    connection: Connection,
    route: ReadSignal<Route>,
    filter: RwSignal<String>,
) -> impl IntoView {
    // What is described of one, by its channel.
    let methods = move |name: &str| -> Option<Vec<String>> {
        let interfaces = connection.interfaces.read();
        let channel = channel(name);
        let mut described = interfaces.iter().flatten();
        let described = described.find(|interface| interface.channel == channel);
        let methods = described.map_or(&[][..], |interface| &interface.methods);
        let methods = methods.iter().map(|method| method.name.as_str());
        let is_current = route.read().service() == Some(name);
        filtered(name, methods, &filter.read(), is_current)
    };
    view! {
        <ul id="services" class="links" aria-labelledby="services-title">
            {move || {
                let services = connection.services.get();
                let text = match (&services, &*connection.stage.read()) {
                    (Some(services), _) if !services.is_empty() => None,
                    (Some(_), _) => Some("None: this backend exposes no RPC interface."),
                    (None, Stage::Connecting | Stage::Connected | Stage::Served) => {
                        Some("Asking the backend…")
                    }
                    (None, _) => Some(NO_CONNECTION),
                };
                match text {
                    Some(text) => view! { <li class="empty">{text}</li> }.into_any(),
                    None => {
                        let services = services.into_iter().flatten();
                        let links = services.filter_map(|one| {
                            let methods = methods(&one.name)?;
                            Some(link(one, methods, route))
                        });
                        let links: Vec<_> = links.collect();
                        match links.is_empty() {
                            true => view! { <li class="empty">{NONE_PASSES}</li> }.into_any(),
                            false => links.collect_view().into_any(),
                        }
                    }
                }
            }}
        </ul>
    }
}

fn link(service: ExposedInterface, methods: Vec<String>, route: ReadSignal<Route>) -> AnyView {
    let standing = standing(&service);
    let ExposedInterface {
        name,
        version,
        configuration,
        ..
    } = service;
    let to = Route::Service(name.clone());
    let href = to.link();
    let shown = name.clone();
    let methods = method_links(&channel(&name), methods, route);
    view! {
        <li data-service=name>
            <a href=href aria-current=move || current(route.with(|route| *route == to))>
                <span class="name">{shown}</span>
                <span class="version">{version}</span>
                <span class="muted">{configuration.in_words()}</span>
                <span class=standing.class()>{standing.in_words()}</span>
            </a>
            {methods}
        </li>
    }
    .into_any()
}

fn standing(service: &ExposedInterface) -> Standing {
    match service.is_compatible {
        Some(true) => Standing::Fits,
        Some(false) => Standing::Differs,
        None => Standing::Unused,
    }
}
