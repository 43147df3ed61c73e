package io.gotthard.assistants;

/** What is written no longer counts: somebody else has taken the run, or it has ended. */
final class Fenced extends RuntimeException {

    private static final long serialVersionUID = 1;

    Fenced(String run) {
        super("run " + run + " is held by somebody else", null, false, false);
    }
}
