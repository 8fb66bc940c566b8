//! Where connections go to and come from.

use alloc::string::String;

use crate::settings::key::{Key, only, refused, text, whole};

const CONNECTOR: &str = "a Connector of your own";
const LISTENER: &str = "a Listener of your own";
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
    whole("ReconnectInterval", "CJNG", "network.reconnect", (1, 86_400), |draft, seconds| {
        draft.reconnect_interval = Some(seconds);
    })
    .initiator(),
    refused(
        "SocketLocalHost SocketLocalPort SocketConnectSourceHost SocketConnectSourcePort",
        "CJ",
        "connections leave from any address",
        CONNECTOR,
    )
    .initiator(),
    only(
        "HostSelectionPolicy",
        "C",
        "ROUND_ROBIN",
        "hosts are tried in turn, and the one that lets us log on is kept",
        "the order of the hosts",
    )
    .initiator(),
    refused(
        "HostSelectionPolicyPriorityStartOverInterval",
        "C",
        "hosts are tried in turn, and the one that lets us log on is kept",
        "the order of the hosts",
    )
    .initiator(),
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
    refused(
        "AllowedRemoteAddresses",
        "J",
        "a listener does not look at where a connection comes from",
        "a Listener of your own that does, or the firewall",
    )
    .acceptor(),
    only(
        "AcceptorTemplate DynamicSession DynamicSessions DynamicQualifier",
        "JG",
        "N",
        "each session stands in the file",
        "Lobby, which shows who asks, and Connection::open for whom you let in",
    ),
    only(
        "ContinueInitializationOnError",
        "JN",
        "N",
        "a file that is wrong starts nothing",
        "`fixline check` before the start",
    ),
    refused(
        "UseTCPProxy",
        "G",
        "the PROXY protocol is not spoken",
        "a Listener of your own that reads its header",
    )
    .acceptor(),
    refused("HttpAcceptPort", "C", "there is no web page", "Connection::session, and Notices"),
];

const ALWAYS_NODELAY: &str = "small messages must not wait for acknowledgements";
const OPTIONS: &str = "a Connector or Listener of your own that sets it on its streams";

pub(super) const SOCKETS: &[Key] = &[
    only("SocketTcpNoDelay SocketNodelay", "CJN", "Y", ALWAYS_NODELAY, OPTIONS),
    only("SocketReuseAddress", "CJ", "Y", "a restarted acceptor must get its port back", LISTENER),
    only("SocketKeepAlive", "J", "N", "Heartbeats find dead peers", OPTIONS),
    only("SocketOobInline", "J", "N", "FIX has no urgent data", OPTIONS),
    refused(
        "SocketReceiveBufferSize SocketSendBufferSize SocketLinger SocketTrafficClass",
        "CJN",
        "the operating system's values are used",
        OPTIONS,
    ),
    only(
        "SocketSynchronousWrites",
        "J",
        "N",
        "what cannot be written at once waits in the send buffer",
        "ConnectionOptions::send_bytes",
    ),
    refused(
        "SocketSynchronousWriteTimeout MaxScheduledWriteRequests",
        "J",
        "what waits is bounded in bytes",
        "ConnectionOptions::send_bytes and outbox_bytes",
    ),
    refused(
        "SocketSendTimeout SocketReceiveTimeout",
        "N",
        "a dead line is found by the session's own timers",
        "HeartBtInt and `silence_after`",
    ),
];

fn host(value: &str) -> Result<(), String> {
    if value.contains(char::is_whitespace) { Err("is no host".into()) } else { Ok(()) }
}
