-- Chance: a hash of a number and a salt, as a share from 0 to 1.
CREATE OR REPLACE FUNCTION pg_temp.chance(number bigint, salt bigint) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (hashint8extended(number, salt) & 1048575) / 1048576.0::double precision;

-- A version 7 UUID of a moment and a number, the same each time.
CREATE OR REPLACE FUNCTION pg_temp.uuid_at(at timestamptz, number bigint, salt bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(number & 4095), 3, '0')
        || '8' || lpad(to_hex(hashint8extended(number, salt) & 1152921504606846975), 15, '0'))::uuid
