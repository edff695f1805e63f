//! What a backend says of itself.

use std::sync::Arc;

use twinbridge_common::{
    IpcHandler, IpcInterface as _,
    interfaces::{
        files::FilesInterface,
        host::{AppHostInterface, AppInfo},
    },
    ipc::{Answer, Invocation, VersionPolicy},
    wire::{ChannelName, PROTOCOL},
};

use crate::app::App;

#[tokio::test]
async fn the_app_is_described_to_each_page_with_its_own_session() {
    let app = App::new();
    for session in [1, 2] {
        let page = app.page().await;
        let AppInfo {
            platform,
            data_dir,
            twinbridge,
            ..
        } = page.host.app_info().await.unwrap();
        assert_eq!(
            platform,
            format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)
        );
        assert_eq!(data_dir, app.folder.path.to_str().unwrap());
        assert_eq!(twinbridge, env!("CARGO_PKG_VERSION"));
        let info = page.host.app_info().await.unwrap();
        assert_eq!(
            (info.name.as_str(), info.version.as_str()),
            ("Reader", "3.2.1")
        );
        assert_eq!((info.session, info.window.as_str()), (session, "main"));
        assert_eq!((info.protocol, info.webview), (PROTOCOL, None));
    }
}

#[tokio::test]
async fn interfaces_are_listed_by_channel_with_their_contracts() {
    let app = App::new();
    let page = app.page().await;
    let interfaces = page.host.interfaces().await.unwrap();
    let channels: Vec<_> = interfaces.iter().map(|i| (&*i.channel, &*i.name)).collect();
    assert_eq!(channels, [("files", "Files"), ("host", "AppHost")]);
    for (listed, info) in interfaces
        .iter()
        .zip([FilesInterface::info(), AppHostInterface::info()])
    {
        assert_eq!(listed.version, info.version);
        assert_eq!(listed.fingerprint, Some(info.fingerprint.to_string()));
        assert_eq!(listed.methods.len(), info.methods.len());
        assert!(!listed.docs.is_empty());
    }

    let lines = interfaces[0]
        .methods
        .iter()
        .find(|method| method.name == "lines")
        .unwrap();
    assert!(lines.signature.contains("fn lines("), "{}", lines.signature);
    let arguments: Vec<_> = lines
        .arguments
        .iter()
        .map(|argument| &*argument.name)
        .collect();
    assert_eq!(arguments, ["file", "first", "count"]);
    let schemas = lines.arguments.iter().map(|argument| &argument.schema);
    for schema in schemas.chain(&lines.result).chain(&lines.error) {
        assert!(
            serde_json::from_str::<serde_json::Value>(schema)
                .unwrap()
                .is_object()
        );
    }
    let close = interfaces[0]
        .methods
        .iter()
        .find(|method| method.name == "close")
        .unwrap();
    assert_eq!((&close.result, &close.error), (&None, &None));
}

#[tokio::test]
async fn a_handler_without_a_contract_is_listed_by_its_channel() {
    struct Echo;

    impl IpcHandler for Echo {
        fn channel_name(&self) -> ChannelName {
            ChannelName::literal("echo")
        }

        fn version(&self) -> &'static str {
            "0.9.0"
        }

        fn call(self: Arc<Self>, call: Invocation) -> Answer {
            Box::pin(std::future::ready(call.unknown_method()))
        }
    }

    let app = App::new();
    let echo = app
        .backend
        .ipc()
        .handle_dynamic(Arc::new(Echo), VersionPolicy::default())
        .unwrap();
    let page = app.page().await;
    let interfaces = page.host.interfaces().await.unwrap();
    let listed = interfaces
        .iter()
        .find(|interface| interface.channel == "echo")
        .unwrap();
    assert_eq!(
        (&*listed.version, &*listed.name, &*listed.docs),
        ("0.9.0", "", "")
    );
    assert_eq!((&listed.fingerprint, listed.methods.len()), (&None, 0));

    echo.remove();
    assert_eq!(page.host.interfaces().await.unwrap().len(), 2);
}

#[tokio::test]
async fn sessions_are_listed_while_they_live() {
    let app = App::new();
    let (first, second) = (app.page().await, app.page().await);
    let sessions = second.host.statistics().await.unwrap().sessions;
    let listed: Vec<_> = sessions.iter().map(|s| (s.session, &*s.window)).collect();
    assert_eq!(listed, [(1, "main"), (2, "main")]);
    let running: Vec<_> = sessions.iter().map(|s| s.running_calls).collect();
    assert_eq!(running, [0, 1], "the call that asks is running");

    first.ipc.shutdown();
    drop(first);
    let sessions = second.host.statistics().await.unwrap().sessions;
    assert_eq!(sessions.iter().map(|s| s.session).collect::<Vec<_>>(), [2]);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn resident_memory_is_that_of_a_program_and_not_of_a_page() {
    let app = App::new();
    let resident = app
        .page()
        .await
        .host
        .statistics()
        .await
        .unwrap()
        .resident_bytes
        .unwrap();
    assert!((1 << 20..1 << 40).contains(&resident), "{resident} bytes");
}
