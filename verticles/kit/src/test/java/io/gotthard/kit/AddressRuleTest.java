package io.gotthard.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which addresses are whose. */
class AddressRuleTest {

    private static final AddressRule PUBLIC = AddressRule.of(List.of("public"));
    private static final AddressRule USUAL = AddressRule.of(List.of("public", "private"));

    private static boolean allows(AddressRule rule, String address) {
        return rule.allows(InetAddress.ofLiteral(address));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"})
    void what_is_in_the_internet_is_public(String address) {
        assertThat(allows(PUBLIC, address)).isTrue();
        assertThat(allows(AddressRule.of(List.of("private")), address)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.255.255.254",
                "10.0.0.1",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "100.64.0.1",
                "198.18.0.1",
                "::1",
                "fc00::1",
                "fd12:3456::1",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "64:ff9b::7f00:1",
                "64:ff9b::c0a8:101",
                "2002:0a00:0001::1",
                "2002:7f00:1::",
                "::10.0.0.1"
            })
    void what_is_ours_is_private_however_it_is_written(String address) {
        assertThat(allows(PUBLIC, address)).isFalse();
        assertThat(allows(USUAL, address)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "169.254.169.254",
                "169.254.170.2",
                "100.100.100.200",
                "168.63.129.16",
                "192.0.0.192",
                "fd00:ec2::254",
                "fd20:ce::254",
                "fe80::1",
                "::ffff:169.254.169.254",
                "64:ff9b::a9fe:a9fe",
                "2002:a9fe:a9fe::",
                "::169.254.169.254",
                "0.0.0.0",
                "0.1.2.3",
                "::",
                "224.0.0.1",
                "255.255.255.255",
                "ff02::1",
                "2001::1"
            })
    void what_tells_secrets_or_is_no_machine_has_to_be_named_itself(String address) {
        assertThat(allows(USUAL, address)).isFalse();
    }

    @Test
    void a_network_that_is_named_is_allowed_and_no_other() {
        var rule = AddressRule.of(List.of("169.254.10.0/24", "10.1.0.0/16"));
        assertThat(allows(rule, "169.254.10.7")).isTrue();
        assertThat(allows(rule, "::ffff:10.1.2.3")).isTrue();
        assertThat(allows(rule, "169.254.169.254")).isFalse();
        assertThat(allows(rule, "10.2.0.1")).isFalse();
        assertThat(allows(rule, "1.1.1.1")).isFalse();
    }

    @Test
    void what_is_no_network_is_refused() {
        assertThatThrownBy(() -> AddressRule.of(List.of("intern"))).hasMessageContaining("intern");
        assertThatThrownBy(() -> AddressRule.of(List.of())).hasMessageContaining("public");
    }
}
