package io.gotthard.assistants;

/** The node stops: another one goes on with the run, as soon as it can. */
final class Handover extends RuntimeException {

    private static final long serialVersionUID = 1;

    Handover() {
        super("the node stops", null, false, false);
    }
}
