package io.gotthard.models;

import java.util.Map;
import java.util.Set;

/**
 * The models of one configuration on one event loop.
 *
 * @param connections those to its upstreams, by their names
 * @param standings what its targets are
 * @param configured those of them that nobody but the configuration named
 * @param use counts the requests that ask them, and lets go of the connections in the end
 */
record Generation(
        Catalogue catalogue,
        Map<String, Connection> connections,
        Set<Standings.Key> standings,
        Set<Standings.Key> configured,
        Use use) {

    /** Forgets how other targets than these did. */
    void keep(Standings all) {
        all.keep(standings, configured);
    }
}
