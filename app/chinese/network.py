"""Why can an address not be called, and what came of calling one? With the Chinese of each answer."""

from typing import Final

SENTENCES: Final[tuple[tuple[str, str], ...]] = (
    (
        "This is not an address that can be called: it must look like https://host/path",
        "这不是可以访问的地址，应是 https://host/path 的样子",
    ),
    ("The address must begin with https:// or http://", "地址要以 https:// 或 http:// 开头"),
    (
        "The address must not hold a user and a password: there are secrets for that",
        "地址里不能有用户名和密码，请用密钥",
    ),
    ("The address must name a port between 1 and 65535, or none", "地址的端口应在 1 到 65535 之间，或不写"),
    ("The address must not hold a fragment (#…): it is never sent", "地址里不能有 #… 部分：它不会被发送"),
    ("The address names no host", "地址里没有主机名"),
    ("{}: an IP address must be written as four decimal numbers with dots", "{}：IP 地址要写成四个用点隔开的十进制数"),
    ("{} is not the name of a host", "{}不是主机名"),
    (
        "{} is {}, which is not called; {} can allow it",
        "{}是{}，不会访问；可以用 {2} 放行",
    ),
    ("an address of this machine", "本机地址"),
    ("a private address", "内网地址"),
    ("an address inside a provider's network", "运营商内部的地址"),
    ("the address of a cloud's own services", "云平台内部服务的地址"),
    ("a link-local address, where clouds keep their metadata", "链路本地地址，云平台的元数据就在那里"),
    ("a link-local address", "链路本地地址"),
    ("a reserved address", "保留地址"),
    ("an address for documentation", "文档专用的地址"),
    ("an address for measuring networks", "网络测试用的地址"),
    ("a multicast address", "组播地址"),
    ("an IPv4 address in a tunnel (6to4)", "隧道里的 IPv4 地址（6to4）"),
    ("{}: the name is not known", "{}：域名不存在"),
    ("{}: the name has no address", "{}：域名没有对应的地址"),
    ("no answer within {} seconds", "{}秒内没有回应"),
    ("{}: no connection within {} seconds", "{}：{}秒内没有连上"),
    ("{}: no connection ({})", "{}：连不上（{}）"),
    ("{}: what was answered is not HTTP ({})", "{}：回答的不是 HTTP（{}）"),
    ("{}: the connection broke", "{}：连接中断了"),
    (
        "The request cannot be sent: a header holds something else than ASCII",
        "请求发不出去：请求头里有 ASCII 以外的字符",
    ),
    (
        "The request cannot be sent: a header holds what HTTP does not allow",
        "请求发不出去：请求头里有 HTTP 不允许的字符",
    ),
    (
        "HTTP {}: redirects are not followed; set the address that it leads to",
        "HTTP {}：不跟随重定向，请填写它指向的地址",
    ),
)
"""The sentence as the service writes it, each ``{}`` something that is filled in, and what it says in Chinese."""
