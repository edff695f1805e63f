//! One interface at two backends: the window's own over its session, and a service elsewhere over
//! HTTP.
//!
//! Both configurations are connected to one manager at the same time; a routing token tells which
//! of them a client is for.

use std::sync::Arc;

use futures_util::future;
use twinbridge_common::{
    RpcManager,
    interfaces::dev_tools::{DevToolsClient, DevToolsInterface},
    rpc::{
        DesktopRpcConfiguration, RpcInterfaces, RpcOptions, RpcRoutingToken,
        web::{Service, WebClientOptions, WebRpcConfiguration},
    },
    wire::Value,
};
use twinbridge_frontend::{FetchTransport, PageClock, remote_service};

use crate::page::{Page, say};

/// What the two backends say that they are: the window's own, and the one at `address`, or that
/// the host has named so.
pub(crate) async fn applications(page: &Page, service: &str) -> Result<[String; 2], String> {
    let address = match remote_service(service) {
        Some(address) => address,
        None if service.contains("://") => service.to_owned(),
        None => return Err(format!("the host has named no service {service}")),
    };
    let interfaces = RpcInterfaces::default().interface::<DevToolsInterface>();
    let manager = RpcManager::default();
    let socket = Arc::new(page.ipc.socket().map_err(say)?);
    let desktop = DesktopRpcConfiguration::new(socket, PageClock::default());
    let web = WebRpcConfiguration::new(
        FetchTransport::default(),
        Service {
            prefix: address,
            title: "twinbridge".to_owned(),
            version: "v1.0".to_owned(),
        },
        &interfaces,
        PageClock::default(),
        WebClientOptions::default(),
    );
    let remote = RpcRoutingToken::generate("remote");
    let _desktop = manager
        .connect(Arc::new(desktop), &interfaces, RpcOptions::default())
        .map_err(say)?;
    let to_remote = RpcOptions::default().routing(remote.clone());
    let _web = manager
        .connect(Arc::new(web), &interfaces, to_remote)
        .map_err(say)?;
    let client = |routing: RpcRoutingToken| -> Result<DevToolsClient, String> {
        manager.get_client_for_interface(&routing).map_err(say)
    };
    let (own, other) = (client(RpcRoutingToken::DEFAULT)?, client(remote)?);
    let (own, other) = future::join(own.versions(None), other.versions(None)).await;
    Ok([
        application(&own.map_err(say)?)?,
        application(&other.map_err(say)?)?,
    ])
}

fn application(versions: &Value) -> Result<String, String> {
    match versions.get("application") {
        Some(Value::String(version)) => Ok(version.clone()),
        _ => Err(format!("no version of the application in {versions:?}")),
    }
}
