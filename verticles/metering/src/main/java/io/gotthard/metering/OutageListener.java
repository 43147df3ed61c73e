package io.gotthard.metering;

import java.util.List;

/** What an outage tells the journal, on the journal's context. */
interface OutageListener {

    /** A batch is in the database. What was in it may be forgotten by now, so here are its charges. */
    void written(Batch batch, List<Charge> charges);

    /** It takes longer. */
    void away();

    /** The others took the node for dead; from now on it is this one. */
    void moved(long node);

    /** It is over: the next batch has the number after this one. */
    void over(Writer writer, long number);
}
