-- Events of some types in a long log, each found in one step. What most of a log is, parts of messages, is not in it: it would cost each of
-- them a place in a second index.
create index events_by_type on events (thread, type, seq) where type not in ('chunk.added', 'thought.added');
-- It has these as well.
drop index events_messages;
drop index events_of_conversations;
