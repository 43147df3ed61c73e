package io.gotthard.models.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.JsonBody;
import io.gotthard.kit.Settings;
import io.gotthard.models.Kind;
import io.gotthard.models.Upstream;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Signatures, for which golden files are no use because the time is in them. */
class BedrockTest {

    private static final Instant NOW = Instant.parse("2015-08-30T12:36:00Z");
    private static final String ID = "AKIDEXAMPLE";
    private static final String SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    private static Map<String, String> headers(String url, String model, String token) {
        var upstream = Settings.read(
                Upstream.class,
                "{protocol: bedrock, url: '" + url + "', region: eu-central-1, access_key_id: " + ID
                        + ", secret_access_key: " + SECRET + token + "}",
                "test",
                name -> null);
        var body = JsonBody.parse(Buffer.buffer("{\"messages\":[{\"role\":\"user\",\"content\":\"?\"}]}"));
        var call = new Call("id", "request", null, Map.of(), body);
        return new Bedrock(upstream, InstantSource.fixed(NOW))
                .request(new Question(Kind.CHAT, call, "m", "up", model, new Tally()))
                .headers();
    }

    /** Of the requests with which Amazon lets implementations be tested. */
    @ParameterizedTest
    @CsvSource({
        "GET,  5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        "POST, 5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
    })
    void a_known_request_has_its_known_signature(String method, String signature) {
        var headers = new AwsSignature("us-east-1", "service", ID, SECRET, null)
                .headers(method, "example.amazonaws.com", "/", new byte[0], NOW);

        assertThat(headers)
                .containsOnlyKeys("x-amz-date", "authorization")
                .containsEntry("x-amz-date", "20150830T123600Z")
                .containsEntry(
                        "authorization",
                        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                                + "SignedHeaders=host;x-amz-date, Signature=" + signature);
    }

    @Test
    void the_path_is_signed_as_it_is_with_what_is_in_front_of_it() {
        var signature = new AwsSignature("eu-central-1", "bedrock", ID, SECRET, null);
        var body =
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"?\"}]}]}".getBytes(StandardCharsets.UTF_8);

        assertThat(headers("https://h.example/proxy/", "eu.anthropic.claude:0", ""))
                .isEqualTo(signature.headers(
                        "POST", "h.example", "/proxy/model/eu.anthropic.claude%3A0/converse", body, NOW));
        assertThat(headers("http://h.example:8080", "a/b c*~", ""))
                .isEqualTo(signature.headers("POST", "h.example:8080", "/model/a%2Fb%20c%2A~/converse", body, NOW));
        assertThat(headers("https://h.example:443", "m", ""))
                .isEqualTo(signature.headers("POST", "h.example", "/model/m/converse", body, NOW));
    }

    @Test
    void a_session_token_is_sent_and_signed() {
        var headers = headers("https://h.example", "m", ", session_token: secret-token");
        assertThat(headers).containsEntry("x-amz-security-token", "secret-token");
        assertThat(headers.get("authorization")).contains("SignedHeaders=host;x-amz-date;x-amz-security-token, ");
    }

    @Test
    void secrets_are_in_no_log() {
        assertThat(new AwsSignature("r", "s", ID, SECRET, "secret-token").toString())
                .doesNotContain(SECRET)
                .doesNotContain("secret-token");
    }
}
