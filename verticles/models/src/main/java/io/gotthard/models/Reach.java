package io.gotthard.models;

import io.gotthard.contracts.Call;
import io.gotthard.contracts.Candidate;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Residency;
import io.gotthard.contracts.Rule.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The ways to answer one request: those of a model and of the models that may stand in for it, as far as the caller may use them and
 * the answer may come from there.
 *
 * @param chain the routes to try one after the other; at least one
 * @param larger those for a request that is too long
 * @param residency where targets may be
 * @param candidates the targets of all of these, the likeliest first
 */
record Reach(List<Route> chain, List<Route> larger, Residency residency, List<Candidate> candidates) {

    /** The header by which a request is answered in fewer regions, as parameters have it. */
    static final String ONLY = "x-gotthard-only";

    /** All the ways there are. */
    static Reach of(List<Route> chain, List<Route> larger) {
        return new Reach(chain, larger, Residency.ANYWHERE, candidates(chain, larger, Residency.ANYWHERE));
    }

    /**
     * What a call may reach of this.
     *
     * @throws Failure 403 if nothing may answer it where it may be answered, and 400 if what it says of that can't be understood
     */
    Reach of(Call call) {
        var limits = residency(call);
        if (!limits.isLimited() && mayUse(chain, call) && mayUse(larger, call)) {
            return this;
        }
        var first = allowed(chain, call, limits);
        if (first.isEmpty()) {
            throw nowhere(limits);
        }
        var others = allowed(larger, call, limits);
        return new Reach(first, others, limits, candidates(first, others, limits));
    }

    /** That of the credential and the tenant; a request can allow less and never more. */
    private static Residency residency(Call call) {
        var limits = call.caller().residency();
        var said = call.parameters().get(ONLY);
        if (said == null) {
            return limits;
        }
        var regions = Arrays.stream(said.split(",")).map(String::strip).toList();
        if (regions.isEmpty() || regions.stream().anyMatch(String::isEmpty)) {
            throw Failure.invalid(ONLY, "'" + ONLY + "' is a list of regions with commas between them, as in 'ch,li'.");
        }
        return Residency.of(regions).and(limits);
    }

    private boolean mayUse(List<Route> routes, Call call) {
        for (int i = 0; i < routes.size(); i++) {
            if (!mayUse(routes.get(i), call)) {
                return false;
            }
        }
        return true;
    }

    /** That the model itself may be used is known. */
    private boolean mayUse(Route route, Call call) {
        return route == chain.getFirst() || call.caller().permissions().allows(Level.USER, "model." + route.name());
    }

    private List<Route> allowed(List<Route> routes, Call call, Residency limits) {
        var allowed = new ArrayList<Route>(routes.size());
        for (var route : routes) {
            if (mayUse(route, call)
                    && route.candidates().stream().anyMatch(candidate -> limits.allows(candidate.region()))) {
                allowed.add(route);
            }
        }
        return allowed;
    }

    private static List<Candidate> candidates(List<Route> chain, List<Route> larger, Residency limits) {
        var candidates = new ArrayList<Candidate>();
        for (var routes : List.of(chain, larger)) {
            for (var route : routes) {
                route.candidates().stream()
                        .filter(candidate -> limits.allows(candidate.region()))
                        .forEach(candidates::add);
            }
        }
        return List.copyOf(candidates);
    }

    private Failure nowhere(Residency limits) {
        var where = limits.only().isEmpty() ? "in no region" : "in these regions only: " + limits.text();
        return new Failure(
                403,
                "invalid_request_error",
                "region_not_allowed",
                "model",
                "This request may be answered " + where + ", and the model '"
                        + chain.getFirst().name() + "' is not there.",
                -1);
    }

    /** So many tokens an answer may have if the request does not say, of whichever of them it comes. */
    long mostOutput() {
        long most = 0;
        for (var route : chain) {
            most = Math.max(most, route.model().maxOutputTokens());
        }
        for (var route : larger) {
            most = Math.max(most, route.model().maxOutputTokens());
        }
        return most;
    }

    /**
     * The policy as receipts have it. Of what a request says itself only regions that there are count, so that nobody fills the ledger
     * with words.
     */
    String policy(Call call) {
        if (!call.parameters().containsKey(ONLY)) {
            return residency.text();
        }
        return Residency.of(candidates.stream().map(Candidate::region).toList()).text();
    }
}
