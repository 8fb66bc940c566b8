//! Where connections go to and come from.

use alloc::string::String;
use alloc::vec::Vec;

use crate::settings::draft::Draft;
use crate::settings::feature::Feature;
use crate::settings::key::{Key, When, asks, noted, only, text, whole};

const CONNECTOR: &str = "a Connector of your own";
const LISTENER: &str = "a Listener of your own";
const HOSTS: &str = "hosts are tried in turn, and the one that lets us log on is kept";
const TCP: &str = "sessions run over TCP, or over any stream that the application brings";

pub(super) const INITIATORS: &[Key] = &[
    text(
        "SocketConnectHost SocketConnectHost<n>",
        "CJNG",
        "network.hosts",
        "name or address; those with a number are tried in turn",
        |draft, number, value| {
            host(value)?;
            draft.host(number).host = Some(value.into());
            Ok(())
        },
    )
    .initiator(),
    text(
        "SocketConnectPort SocketConnectPort<n>",
        "CJNG",
        "network.hosts",
        "1 to 65535",
        |draft, number, value| {
            let port = value.parse().ok().filter(|port| *port > 0);
            let port = port.ok_or("is no port from 1 to 65535")?;
            draft.host(number).port = Some(port);
            Ok(())
        },
    )
    .initiator(),
    only("SocketConnectProtocol SocketConnectProtocol<n>", "J", "TCP", TCP, CONNECTOR).initiator(),
    whole("SocketConnectTimeout", "J", "network.connect_timeout", (1, 3_600), |draft, seconds| {
        draft.connect_timeout = Some(seconds);
    })
    .initiator(),
    text(
        "ReconnectInterval",
        "CJNG",
        "network.reconnect",
        "seconds, 0 to 86400; or several, such as `5;2x10;30`",
        reconnect_interval,
    )
    .initiator(),
    noted(
        "SocketLocalHost SocketLocalPort SocketConnectSourceHost SocketConnectSourcePort",
        "CJ",
        "",
        "connections leave from any address; nearest: a Connector of your own",
    )
    .initiator(),
    noted("HostSelectionPolicy", "C", "ROUND_ROBIN", HOSTS).initiator(),
    noted("HostSelectionPolicyPriorityStartOverInterval", "C", "", HOSTS).initiator(),
];

pub(super) const ACCEPTORS: &[Key] = &[
    text("SocketAcceptPort", "CJNG", "network.listen", "1 to 65535", |draft, _, value| {
        let port = value.parse().ok().filter(|port| *port > 0);
        let port = port.ok_or("is no port from 1 to 65535")?;
        draft.accept_port = Some(port);
        Ok(())
    })
    .acceptor(),
    text(
        "SocketAcceptHost SocketAcceptAddress",
        "CJNG",
        "network.listen",
        "name or address; all addresses without it",
        |draft, _, value| {
            host(value)?;
            draft.accept_host = Some(value.into());
            Ok(())
        },
    )
    .acceptor(),
    only("SocketAcceptProtocol", "J", "TCP", TCP, LISTENER).acceptor(),
    asks("AllowedRemoteAddresses", "J", Feature::Addresses, When::Always).acceptor(),
    asks("AcceptorTemplate", "J", Feature::Dynamic, When::Not("N")).acceptor(),
    asks("DynamicSession", "J", Feature::Dynamic, When::Not("N")).initiator(),
    asks("DynamicSessions", "G", Feature::Dynamic, When::Not("N")).acceptor(),
    asks("DynamicQualifier", "G", Feature::Dynamic, When::With(&["DynamicSessions"])).acceptor(),
    noted(
        "ContinueInitializationOnError",
        "JN",
        "N",
        "a file that is wrong starts nothing; nearest: `fixline check` before the start",
    ),
    noted(
        "HttpAcceptPort",
        "CN",
        "",
        "there is no web page; nearest: Connection::session, and Notices",
    ),
];

const SYSTEM: &str = "the operating system's values are used; nearest: a Connector or Listener of \
    your own that sets them on its streams";
const BOUNDED: &str = "what cannot be written at once waits, bounded in bytes; nearest: \
    ConnectionOptions::send_bytes and outbox_bytes";

pub(super) const SOCKETS: &[Key] = &[
    noted(
        "SocketTcpNoDelay SocketNodelay",
        "CJN",
        "Y",
        "it is set: small messages must not wait for acknowledgements",
    ),
    noted(
        "SocketReuseAddress",
        "CJ",
        "Y",
        "it is set: a restarted acceptor must get its port back",
    ),
    noted("SocketKeepAlive", "J", "N", "it is not set: Heartbeats find dead peers"),
    noted("SocketOobInline", "J", "N", "it is not set: FIX has no urgent data"),
    noted(
        "SocketReceiveBufferSize SocketSendBufferSize SocketLinger SocketTrafficClass",
        "CJN",
        "",
        SYSTEM,
    ),
    noted("SocketSynchronousWrites", "J", "N", BOUNDED),
    noted("SocketSynchronousWriteTimeout MaxScheduledWriteRequests", "J", "", BOUNDED),
    noted(
        "SocketSendTimeout SocketReceiveTimeout",
        "N",
        "",
        "a dead line is found by the session's own timers; nearest: HeartBtInt and \
         `silence_after`",
    ),
];

fn host(value: &str) -> Result<(), String> {
    if value.contains(char::is_whitespace) { Err("is no host".into()) } else { Ok(()) }
}

/// One pause, or how they grow as QuickFIX/J writes it: `5;2x10;30`.
fn reconnect_interval(draft: &mut Draft, _: &str, value: &str) -> Result<(), String> {
    let pause = |step: &str| -> Option<u32> {
        let seconds = step.split_once(['x', '*']).map_or(Some(step), |(times, seconds)| {
            times.trim().parse::<u32>().ok().map(|_| seconds)
        })?;
        seconds.trim().parse().ok().filter(|seconds| *seconds <= 86_400)
    };
    let pauses: Option<Vec<u32>> = value.split(';').map(pause).collect();
    let pauses = pauses.ok_or("is no time of 0 to 86400 seconds")?;
    // Without any pause, a peer that refuses would be called as fast as the line allows.
    draft.reconnect_interval = pauses.first().map(|seconds| (*seconds).max(1));
    draft.reconnect_longest = pauses.iter().max().map(|seconds| (*seconds).max(1));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_one_or_grow() {
        for (value, first, longest) in
            [("5", 5, 5), ("0", 1, 1), ("5;2x10;30", 5, 30), ("3*5; 60", 5, 60)]
        {
            let mut draft = Draft::new("".into());
            reconnect_interval(&mut draft, "", value).unwrap();
            let found = (draft.reconnect_interval, draft.reconnect_longest);
            assert_eq!(found, (Some(first), Some(longest)), "{value}");
        }
        for wrong in ["soon", "5;", "x5", "-1", "86401"] {
            assert!(reconnect_interval(&mut Draft::new("".into()), "", wrong).is_err(), "{wrong}");
        }
    }
}
