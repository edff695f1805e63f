//! The peer that does nothing but HTTP: an axum handler that echoes, and one that sends bytes.

use axum::{Router, body::Bytes, routing::post};

use crate::{Problem, load::LARGE};

/// The argument by which this program is that server.
pub(crate) const ARGUMENT: &str = "--serve-bare";

/// Serves until its input ends.
pub(crate) fn serve() -> Result<(), Problem> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let data = Bytes::from(vec![7; LARGE]);
    let app = Router::new()
        .route("/echo", post(async |body: Bytes| body))
        .route(
            "/bytes",
            post(move || {
                let data = data.clone();
                async move { data }
            }),
        );
    runtime.spawn(async move {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}", listener.local_addr()?);
        axum::serve(listener, app).await
    });
    // An input that cannot be read has ended as well.
    let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
    Ok(())
}
