/**
 * The realtime verticle: live events for browsers, and doors for agents that are written in other languages. The log of the assistants
 * verticle is the truth, and all that is here are views of it.
 */
package io.gotthard.realtime;
