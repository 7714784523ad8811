//! `genjin health`: whether a service answers, wherever it listens; made for a container's health check.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::app::control_socket;
use crate::config;
use crate::control::{self, Ask, Request, Response};

/// A service that takes longer is of no use to a platform either.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);
/// Where `serve` listens if nobody says otherwise.
pub(super) const LISTEN: &str = "127.0.0.1:8700";
/// The variable that says otherwise.
pub(super) const LISTEN_VARIABLE: &str = "GENJIN_LISTEN";

/// Asks the service and prints what it says; failure when it does not answer, or, with `ready`, when a store is shut.
pub(super) async fn run(
    data: &Path,
    listen: Option<SocketAddr>,
    ready: bool,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let address = reached(match listen {
        Some(listen) => listen,
        None => told(data).await?,
    });
    let asked = tokio::time::timeout(ANSWERS_WITHIN, async {
        let alive = get(address, "/healthz").await?;
        let is_ready = get(address, "/readyz").await?.0 == 200;
        Ok::<_, anyhow::Error>((alive, is_ready))
    });
    let ((status, body), is_ready) = asked
        .await
        .with_context(|| format!("{address} did not answer within {} seconds", ANSWERS_WITHIN.as_secs()))?
        .with_context(|| format!("no service answers at {address}: start `genjin serve`, or say --listen"))?;
    let faults = body["faults"].as_array().cloned().unwrap_or_default();
    if status != 200 || body["alive"] != true {
        bail!("what answers at {address} is no genjin: say --listen with the address of `genjin serve`");
    }
    if json {
        println!("{}", json!({ "listen": address, "alive": true, "ready": is_ready, "faults": faults }));
    } else {
        println!("{address} answers{}", if is_ready { "" } else { ", but a workspace is shut:" });
        faults.iter().filter_map(Value::as_str).for_each(|fault| println!("WRONG  {fault}"));
    }
    Ok(if is_ready || !ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Where the service on this data folder says that it listens; else what the environment says, else the default.
async fn told(data: &Path) -> anyhow::Result<SocketAddr> {
    let request = Request { workspace: None, what: Ask::Where };
    let asked = tokio::time::timeout(ANSWERS_WITHIN, control::ask(&control_socket(data), &request)).await;
    if let Ok(Ok(Some(Response::Listens(address)))) = asked {
        return Ok(address);
    }
    let said = config::environment(LISTEN_VARIABLE).unwrap_or_else(|| LISTEN.to_owned());
    said.parse().with_context(|| format!("{LISTEN_VARIABLE} is no address: write it like {LISTEN}"))
}

/// One that listens on every address is reached by this machine's own.
fn reached(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Status and JSON body of a small answer.
async fn get(address: SocketAddr, path: &str) -> anyhow::Result<(u16, Value)> {
    const LONGEST: u64 = 64 * 1024;
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(LONGEST).read_to_string(&mut answer).await?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status.context("it speaks no HTTP")?, serde_json::from_str(body).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_on_every_address_is_reached_by_the_machines_own() {
        for (listens, reaches) in
            [("0.0.0.0:9000", "127.0.0.1:9000"), ("[::]:1", "[::1]:1"), ("10.0.0.2:8700", "10.0.0.2:8700")]
        {
            assert_eq!(reached(listens.parse().unwrap()), reaches.parse().unwrap());
        }
        assert!(LISTEN.parse::<SocketAddr>().is_ok());
    }
}
