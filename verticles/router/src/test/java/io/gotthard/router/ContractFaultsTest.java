package io.gotthard.router;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the router can't serve as it is written, it does not serve at all. */
class ContractFaultsTest {

    private static Vertx vertx;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        no-such-file        | there is no such file
        duplicate-key       | found duplicate key
        number-as-key       | the key 200 must be in quotes
        foreign-address     | x-vertx-event-bus must be <verticle>.listThings
        no-permission       | 'x-requires' is missing
        no-such-permission  | 'x-requires' is 'public', 'authenticated' or an object, not a.b
        level-of-nobody     | 'level' must be user or admin
        unnamed-parameter   | the path has no parameter thing
        body-unknown        | only the verticle knows {body.thing}: 'hidden' must be true
        object-parameter    | a parameter is a string, an integer or a boolean
        cookie-parameter    | only parameters in path, query and header can be checked
        header-of-http      | the header 'authorization' can't be a parameter
        header-like-query   | two parameters have the same name
        wrong-default       | the default is not valid, or never used
        unknown-keyword     | the keyword 'uniqueItems' is not one the router can check
        same-id-twice       | there is another operation listThings
        slashes-inside      | x-slashes is only possible for a parameter at the end
        not-openapi         | Instance does not have required property "version"
        """)
    void a_contract_with_a_fault_is_refused_with_its_name_and_the_reason(String name, String reason) {
        String resource = "contracts/" + name + ".yaml";
        assertThatThrownBy(() -> Contract.load(vertx, resource)
                        .toCompletionStage()
                        .toCompletableFuture()
                        .join())
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(resource + ": ")
                .hasMessageContaining(reason);
    }
}
