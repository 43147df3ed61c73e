package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Size;
import io.gotthard.models.Upstream;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What of an upstream's error nobody sees. */
class SecretsTest {

    private final Secrets secrets = new Secrets(new Upstream(
            Upstream.Protocol.OPENAI,
            "http://models.intern.example:8000/v1",
            "up-canary",
            new Upstream.Pool(1, 1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Size.parse("1KB")));

    @Test
    void keys_and_places_are_not_told() {
        var masked = secrets.mask(new Failure(
                400,
                "invalid_request_error",
                "bad_up-canary",
                "models.intern.example",
                "Key up-canary at http://models.intern.example:8000/v1 or models.intern.example:8000",
                7));
        assertThat(masked.getMessage()).isEqualTo("Key *** at *** or ***");
        assertThat(masked.code()).isEqualTo("bad_***");
        assertThat(masked.param()).isEqualTo("***");
        assertThat(masked.status()).isEqualTo(400);
        assertThat(masked.retryAfterMillis()).isEqualTo(7);
    }

    @Test
    void what_has_none_is_the_same() {
        var failure = Failure.invalid("messages", "Too long");
        assertThat(secrets.mask(failure)).isSameAs(failure);
    }
}
