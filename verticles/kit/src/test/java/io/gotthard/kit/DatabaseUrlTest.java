package io.gotthard.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vertx.pgclient.SslMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseUrlTest {

    @Test
    void the_parts_are_found() {
        assertThat(DatabaseUrl.parse("postgresql://ann:secret@db.example:6000/gotthard"))
                .isEqualTo(new DatabaseUrl("db.example", 6000, "gotthard", "ann", "secret", SslMode.DISABLE));
        assertThat(DatabaseUrl.parse("postgres://ann@my_db/gotthard?sslmode=require"))
                .isEqualTo(new DatabaseUrl("my_db", 5432, "gotthard", "ann", "", SslMode.REQUIRE));
    }

    @Test
    void user_password_and_database_are_percent_decoded_and_a_plus_stays_one() {
        DatabaseUrl url = DatabaseUrl.parse("postgresql://a%40b:p%3A%2F%25+%C3%A9!$@h/d%20b");
        assertThat(url.user()).isEqualTo("a@b");
        assertThat(url.password()).isEqualTo("p:/%+é!$");
        assertThat(url.database()).isEqualTo("d b");
        assertThat(url.jdbc()).startsWith("jdbc:postgresql://h:5432/d%20b?");
    }

    @Test
    void an_IPv6_address_stands_in_brackets() {
        DatabaseUrl url = DatabaseUrl.parse("postgresql://ann:x@[::1]:5433/d");
        assertThat(url.host()).isEqualTo("::1");
        assertThat(url.connectOptions().getHost()).isEqualTo("::1");
        assertThat(url.jdbc()).startsWith("jdbc:postgresql://[::1]:5433/d?");
    }

    @Test
    void the_password_is_neither_in_the_JDBC_URL_nor_printed() {
        DatabaseUrl url = DatabaseUrl.parse("postgresql://ann:secret@h/d");
        assertThat(url.jdbc()).doesNotContain("secret");
        assertThat(url.toString()).doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "secret",
                "mysql://ann:secret@h/d",
                "postgresql://ann:secret@h",
                "postgresql://ann:secret@h/",
                "postgresql://h/d?password=secret",
                "postgresql://ann:sec@ret@h/d",
                "postgresql://ann:secret/@h/d",
                "postgresql://ann:secret%4@h/d",
                "postgresql://ann:secret%zz@h/d",
                "postgresql://ann:secret@h:70000/d",
                "postgresql://ann:secret@h:0/d",
                "postgresql://ann:secret@h/d?sslmode=verify-ca",
                "postgresql://ann:secret@h/d?user=secret",
                "postgresql://ann:secret@h/d\n",
            })
    void anything_else_is_refused_without_being_repeated(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DatabaseUrl.parse(text))
                .satisfies(refused -> assertThat(refused).hasNoCause())
                .withMessageNotContainingAny("secret", "ret@", "sec@");
    }
}
