package io.gotthard.metering;

import java.util.Set;

/**
 * Money that moves between a wallet and this node, from the moment it is decided on until the database has answered.
 *
 * @param op its number; later ones have higher numbers
 * @param given nanos that go back and are in no allowance any more; -1 if money is wanted
 * @param needed nanos, less of which are of no use
 * @param wanted nanos that would be good to have
 * @param others whether other nodes are to give back what they have, or wait for what is given
 */
record Exchange(long op, long given, long needed, long wanted, boolean others) {

    /**
     * What became of it.
     *
     * @param taken nanos that came
     * @param holders the other nodes that have some, if there was not enough
     */
    record Answer(long taken, Set<Long> holders) {

        /** Nothing came. */
        static final Answer NOTHING = new Answer(0, Set.of());
    }

    static Exchange taking(long op, long needed, long wanted, boolean fromOthers) {
        return new Exchange(op, -1, needed, wanted, fromOthers);
    }

    static Exchange giving(long op, long given, boolean toOthers) {
        return new Exchange(op, given, 0, 0, toOthers);
    }

    boolean gives() {
        return given >= 0;
    }
}
