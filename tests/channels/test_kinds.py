"""Every kind of receiver says of itself what those who show and store it rely on."""

import pytest
from pydantic import ValidationError

from app.channels.base import LEAD_EVENTS, Channel
from app.channels.kinds import CHANNELS

KNOWN = {*LEAD_EVENTS, "policy.activated", "rep.changed"}


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
def test_a_kind_is_whole(channel: Channel) -> None:
    assert CHANNELS[channel.kind] is channel
    assert all(channel.title)
    assert set(channel.needed_secrets) <= set(channel.secrets)
    assert set(channel.events) <= KNOWN
    assert channel.at_once >= 1
    assert all(count >= 1 and seconds > 0 for count, seconds in channel.pace.limits)
    assert set(channel.settings.model_fields).isdisjoint({"secret", "password", "token", "client_secret"})


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
def test_a_setting_that_is_not_known_is_refused(channel: Channel) -> None:
    with pytest.raises(ValidationError) as caught:
        channel.settings.model_validate({"nonsense": 1})
    assert any(error["loc"] == ("nonsense",) for error in caught.value.errors())


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
def test_a_secret_with_a_line_break_is_refused_without_being_repeated(channel: Channel) -> None:
    assert channel.check_secret is not None
    for name in channel.secrets:
        with pytest.raises(ValueError, match=r"\w") as caught:
            channel.check_secret(name, "hunter2\r\nX-Evil: 1")
        assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
def test_what_is_made_here_is_a_secret_that_is_taken(channel: Channel) -> None:
    for name, value in (channel.made() if channel.made is not None else {}).items():
        assert name in channel.secrets
        assert channel.check_secret is not None
        channel.check_secret(name, value)
