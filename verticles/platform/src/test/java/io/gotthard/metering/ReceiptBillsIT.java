package io.gotthard.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gotthard.contracts.Failure;
import java.util.ArrayList;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What receipts say of several charges with one request id, such as those of a run. */
class ReceiptBillsIT extends OnReceipts {

    @Test
    void all_charges_of_a_request_id_are_one_bill_in_the_order_in_which_they_began() {
        charge(7, 1, 0, 450_000, null);
        charge(8, 3, 3, 0, null);
        charge(9, 2, 2, 550_000, null);
        reserve(1, 10);
        var bill = receipt(owner, id);
        assertThat(bill.getString("id")).isEqualTo(node + "-10");
        assertThat(bill.getJsonObject("total")).isEqualTo(total(4, 1, "0.001", "0.000000015"));
        assertThat(ids(bill)).containsExactly(node + "-7", node + "-8", node + "-9", node + "-10");
        var pending = bill.getJsonArray("charges").getJsonObject(3);
        assertThat(pending.getString("outcome")).isEqualTo("pending");
        assertThat(pending.getJsonObject("tokens")).isNull();
        assertThat(pending.getString("charged")).isNull();
        assertThat(bill.getString("next")).isNull();

        var alone = receipt(owner, node + "-9");
        assertThat(alone.getJsonObject("total")).isEqualTo(total(1, 0, "0.00055", "0.000000005"));
        assertThat(ids(alone)).containsExactly(node + "-9");
    }

    @Test
    void a_long_bill_has_pages_and_each_has_the_sum_of_all() {
        for (int seq = 1; seq <= 5; seq++) {
            charge(seq, 1, 0, 1_000, null);
        }
        var found = new ArrayList<String>();
        var page = receipt(owner, id, "limit", "2");
        for (int pages = 1; ; pages++) {
            assertThat(page.getJsonObject("total")).isEqualTo(total(5, 0, "0.000005", "0.000000025"));
            found.addAll(ids(page));
            if (page.getString("next") == null) {
                assertThat(pages).isEqualTo(3);
                break;
            }
            page = receipt(owner, id, "limit", "2", "after", page.getString("next"));
        }
        assertThat(found).containsExactly(node + "-1", node + "-2", node + "-3", node + "-4", node + "-5");
        var last = receipt(owner, id, "after", node + "-5");
        assertThat(last.getJsonArray("charges")).isEmpty();
        assertThat(last.getJsonObject("total").getInteger("requests")).isEqualTo(5);
        for (var nonsense : new String[] {node + "-6", "1", "999999999999999999-1"}) {
            assertThatThrownBy(() -> receipt(owner, id, "after", nonsense))
                    .isInstanceOfSatisfying(
                            Failure.class,
                            failure -> assertThat(failure.param()).isEqualTo("after"));
        }
    }

    @Test
    void a_bill_is_of_one_account_in_one_tenant_whoever_else_used_the_same_request_id() {
        charge(1, 1, 0, 1_000, null);
        var elsewhere = "ten_" + UUID.randomUUID();
        source = source("main", price, account, elsewhere);
        charge(2, 1, 0, 2_000, null);
        source = source("main", price, "usr_" + UUID.randomUUID(), tenant);
        charge(3, 1, 0, 4_000, null);
        var newest = receipt(Asker.system(), id);
        assertThat(ids(newest)).containsExactly(node + "-3");
        assertThat(newest.getJsonObject("total").getString("charged")).isEqualTo("0.000004");
        assertThat(newest.getJsonArray("others")).hasSize(2);
        assertThat(ids(receipt(owner, id))).containsExactly(node + "-2");
        assertThatThrownBy(() -> receipt(owner, id, "after", node + "-3")).isInstanceOf(Failure.class);
    }
}
