/**
 * What verticles say to each other. Start with {@link io.gotthard.contracts.Bus}: a verticle serves addresses with it and
 * asks others. A question is a {@link io.gotthard.contracts.Call}, what comes back an {@link io.gotthard.contracts.Answer}
 * or a {@link io.gotthard.contracts.Failure}, and a stream is a {@link io.gotthard.contracts.Dialogue} with more answers,
 * written through a {@link io.gotthard.contracts.BusStream}.
 */
package io.gotthard.contracts;
