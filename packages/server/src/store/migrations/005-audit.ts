import { sql, type Kysely } from 'kysely';

/** The audit log: the database itself takes rows at its end only, whatever the program above it does. */
export const audit = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

const STATEMENTS = [
  `create table audit (sequence integer primary key, hash text not null, entry text not null) strict`,
  `create trigger "auditGrowsAtItsEnd" before insert on audit
    when new.sequence <> (select coalesce(max(sequence), 0) + 1 from audit)
      or json_extract(new.entry, '$.sequence') is not new.sequence
      or json_extract(new.entry, '$.previousHash') is not
        coalesce((select hash from audit order by sequence desc limit 1), '${'0'.repeat(64)}')
    begin select raise(abort, 'an entry of the audit log follows the last one'); end`,
  `create trigger "auditIsNotChanged" before update on audit
    begin select raise(abort, 'the audit log is not changed'); end`,
  `create trigger "auditIsNotShortened" before delete on audit
    begin select raise(abort, 'the audit log is not shortened'); end`,
];
