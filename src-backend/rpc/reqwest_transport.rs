//! Requests over HTTP from a native process, by `reqwest`.
//!
//! It follows no redirection, keeps connections open for the next request, and reads no body ahead
//! of its consumer. It must be polled on a tokio runtime.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use futures_util::stream;
use twinbridge_common::{
    Bytes,
    ipc::{TransportCause, TransportError},
    rpc::web::{HttpBody, HttpSent, HttpTransport},
};

/// How long a connection may take to be made, where the client is of our making.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// Carries requests over HTTP and HTTPS. Clones share their connections.
///
/// ```no_run
/// use std::sync::Arc;
/// use twinbridge::{
///     TokioExecutor,
///     common::{
///         RpcManager,
///         ipc::in_process::Executor,
///         rpc::{
///             RpcInterfaces, RpcOptions, RpcRoutingToken,
///             web::{Service, WebClientOptions, WebRpcConfiguration},
///         },
///         rpc_interface,
///     },
///     rpc::ReqwestTransport,
/// };
///
/// /// Adds.
/// #[rpc_interface(name = "AdderRpc", version = "1.0.0")]
/// trait Adder {
///     /// The sum.
///     async fn add(&self, left: u32, right: u32) -> u32;
/// }
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let interfaces = RpcInterfaces::default().interface::<AdderInterface>();
/// let service = Service {
///     prefix: "https://sums.example".to_owned(),
///     title: "sums".to_owned(),
///     version: "v1.0".to_owned(),
/// };
/// let clock: Arc<dyn Executor> = Arc::new(TokioExecutor::new(tokio::runtime::Handle::current()));
/// let web = WebRpcConfiguration::new(
///     ReqwestTransport::new()?,
///     service,
///     &interfaces,
///     clock,
///     WebClientOptions::default(),
/// );
/// let manager = RpcManager::default();
/// let _connected = manager.connect(Arc::new(web), &interfaces, RpcOptions::default())?;
/// let adder: AdderClient = manager.get_client_for_interface(&RpcRoutingToken::DEFAULT)?;
/// assert_eq!(adder.add(2, 3).await?, 5);
/// # Ok(())
/// # }
/// ```
#[cfg_attr(doc, doc = include_str!("../examples/client.md"))]
#[derive(Clone)]
pub struct ReqwestTransport {
    client: reqwest::Client,
}

impl ReqwestTransport {
    /// A transport that trusts whom the system trusts.
    ///
    /// # Errors
    /// [`TransportUnavailable`] where the system's list of certificates cannot be read.
    pub fn new() -> Result<Self, TransportUnavailable> {
        // One that the program installed before stays.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .build()
            .map_err(TransportUnavailable)?;
        Ok(Self { client })
    }
}

/// A client with certificates, proxies and times of the app's own. It should follow no
/// redirection: the authorization is for the server that was named.
impl From<reqwest::Client> for ReqwestTransport {
    fn from(client: reqwest::Client) -> Self {
        Self { client }
    }
}

/// No request can be made over HTTPS.
#[cfg_attr(doc, doc = include_str!("../examples/client.md"))]
#[derive(Debug, thiserror::Error)]
#[error("no client over HTTP can be made")]
pub struct TransportUnavailable(#[source] reqwest::Error);

impl HttpTransport for ReqwestTransport {
    fn send(&self, request: http::Request<Bytes>) -> HttpSent {
        let client = self.client.clone();
        Box::pin(async move {
            let request = request.map(bytes::Bytes::from);
            let request = reqwest::Request::try_from(request).map_err(unsent)?;
            let answer = client.execute(request).await.map_err(unsent)?;
            let mut response = http::Response::new(());
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            Ok(response.map(|()| body(answer)))
        })
    }

    fn unix_now(&self) -> Duration {
        // A clock before 1970 names no date that anybody means.
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        now.unwrap_or_default()
    }
}

/// Dropping it closes the connection, where it has not ended.
fn body(answer: reqwest::Response) -> HttpBody {
    HttpBody::of(stream::unfold(Some(answer), |answer| async move {
        let mut answer = answer?;
        match answer.chunk().await {
            Ok(piece) => Some((Ok(piece?.into()), Some(answer))),
            Err(error) => {
                let cause = TransportCause::new(error);
                Some((Err(TransportError::CutOff(cause)), None))
            }
        }
    }))
}

fn unsent(error: reqwest::Error) -> TransportError {
    let (is_bad, is_unreached) = (error.is_builder(), error.is_connect());
    let cause = TransportCause::new(error);
    match (is_bad, is_unreached) {
        (true, _) => TransportError::BadRequest(cause),
        (_, true) => TransportError::NotReached(cause),
        _ => TransportError::Broken(cause),
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReqwestTransport")
    }
}
